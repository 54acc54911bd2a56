// An owner makes a labelling job.

import { sendFile } from "../api.js";
import { fill, h, speak } from "../dom.js";
import { confirmed, loaded, notice } from "../parts.js";
import { UnreadableError, guessTextColumn, readHead } from "../table_file.js";
import { counted, moment, size } from "../words.js";
import { labelAddress } from "./label.js";
import { lackingLabels } from "./label_job.js";

const LINES = /\.(manifest|jsonl)(\.gz)?$/i;

export function showLabelNew(app, main, { signal }) {
  app.title("New labelling job");
  if (!app.user.is_owner) {
    main.append(notice("note", "Only owners make labelling jobs. Ask one of them."));
    return;
  }
  const told = h("div", { role: "status" });
  const sources = h("div");
  const classifier = nameInput("for-classifier", { value: app.classifier?.name || "main" });
  const name = nameInput("job-name");
  const labels = h("textarea", { id: "job-labels", rows: "6", required: true, "aria-describedby": "job-labels-hint" });
  const wanted = h(
    "select",
    { id: "wanted", "aria-describedby": "wanted-hint" },
    [1, 2, 3, 4, 5].map((count) => h("option", { value: String(count), selected: count === 2 }, String(count))),
  );
  const most = input("most", { type: "number", min: "1", max: "5000", value: "1000", required: true });
  const file = h("input", { id: "texts-file", type: "file", "aria-describedby": "texts-file-hint" });
  const make = h("button", { type: "submit", class: "primary" }, "Make the job");
  const list = (chosen = new Set()) => loaded(app, sources, () => offered(app, classifier.value, chosen, signal));
  classifier.addEventListener("change", () => classifier.value && list());
  file.addEventListener("change", async () => {
    const [sent] = file.files;
    file.value = ""; // or the same file, mended, would be no change
    if (!sent) return;
    make.disabled = true; // until the file can be chosen
    try {
      const problem = await unreadable(sent, app.contract);
      if (problem) {
        fill(told, notice("bad", problem));
        speak(problem);
        return;
      }
      const form = await app.api.uploadUnlabelled(classifier.value, { name: sent.name, bytes: sent.size }, signal);
      speak("Sending the file.");
      await sendFile(form, sent, () => {}, signal);
      fill(told);
      await list(new Set([...chosenIn(sources), form.key]));
      speak("The file is sent.");
    } catch (error) {
      app.tell(error, told);
    } finally {
      make.disabled = false;
    }
  });
  const submit = async (event) => {
    event.preventDefault();
    const asked = {
      classifier: classifier.value,
      name: name.value,
      labels: labelsOf(labels.value),
      answers_wanted: Number(wanted.value),
      sources: chosenIn(sources),
      max_texts: Number(most.value),
    };
    if (asked.labels.length < 2 || !asked.sources.length) {
      const sentence = asked.sources.length ? "Write two labels at least, one a line." : "Choose which texts people are asked about.";
      fill(told, notice("bad", sentence));
      speak(sentence);
      return;
    }
    const lacking = lackingLabels(app, asked);
    if (lacking && !(await confirmed("Make the job with these labels?", `${lacking}Another classifier keeps both apart.`, "Make the job"))) return;
    try {
      const made = await app.api.createLabelling(asked);
      location.hash = labelAddress(`${made.classifier}/${made.name}`);
    } catch (error) {
      app.tell(error, told);
    }
  };
  main.append(
    h(
      "form",
      { class: "card", onsubmit: submit },
      field("job-name", "Name of the job", name, "Such as claims-of-march: small letters, digits and hyphens."),
      field("for-classifier", "For the classifier", classifier, "The model that learns from the labels. Small letters, digits and hyphens; a new name makes a new one."),
      field("job-labels", "Labels", labels, "One a line. What stands behind a colon is shown as a hint: leak: water comes out."),
      field("wanted", "How many people label each text", wanted, "Two or more show how well people agree; their answers are weighed against each other."),
      field("most", "How many texts at most", most),
      h("fieldset", { class: "sources" }, h("legend", {}, "Texts"), sources),
      field("texts-file", "Or send a file with texts", file, "A CSV file with a column of texts."),
      h("div", { class: "actions" }, make),
      told,
    ),
  );
  return list();
}

async function offered(app, classifier, chosen, signal) {
  const { sources = [], is_cut: isCut } = await app.api.unlabelled(classifier, signal);
  if (!sources.length) return h("p", { class: "hint" }, `No texts are kept for ${classifier}. Send a file, or let posts be collected.`);
  return [
    sources.map(({ source, objects, bytes, newest }, place) =>
      h(
        "p",
        { class: "check" },
        h("input", { type: "checkbox", id: `source-${place}`, value: source, checked: chosen.has(source) || sources.length === 1 }),
        h(
          "label",
          { for: `source-${place}` },
          source.split("/").slice(2).join("/") || source,
          h("span", { class: "hint" }, ` ${counted(objects, "file")}, ${size(bytes)}, ${moment(newest)}`),
        ),
      ),
    ),
    isCut && h("p", { class: "hint" }, "There is more than is shown here."),
  ];
}

/** Why a file's texts cannot be asked about; "" when they can. */
async function unreadable(file, contract) {
  if (LINES.test(file.name)) return "";
  try {
    const { header } = await readHead(file, contract);
    if (guessTextColumn(header, contract).place >= 0) return "";
    return `No column of ${file.name} is known to hold the texts: it has ${header.join(", ")}. Rename the right one to ‘text’ and choose the file again.`;
  } catch (error) {
    if (error instanceof UnreadableError) return error.message;
    throw error;
  }
}

/** "Claims of March" as "claims-of-march". */
function plainName(typed) {
  const plain = typed.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, "-").replace(/^[^a-z]+/, "").slice(0, 32).replace(/-+$/, "");
}

/** "leak: water comes out" as a label with its guidance, each line one. */
export function labelsOf(text) {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => {
      const [label, ...guidance] = line.split(":");
      return { label: label.trim(), guidance: guidance.join(":").trim() };
    });
}

const chosenIn = (place) => [...place.querySelectorAll("input:checked")].map((box) => box.value);

/** A name that is part of addresses: what is typed becomes one. */
function nameInput(id, attributes) {
  const found = input(id, { required: true, "aria-describedby": `${id}-hint`, ...attributes });
  found.addEventListener("change", () => (found.value = plainName(found.value)));
  return found;
}

const input = (id, attributes) => h("input", { id, autocomplete: "off", ...attributes });
const field = (id, name, control, hint) =>
  h("div", { class: "field" }, h("label", { for: id }, name), control, hint && h("p", { class: "hint", id: `${id}-hint` }, hint));
