// Drop a file: what it holds before it is sent, then its way to the server.

import { sendFile } from "../api.js";
import { fill, h, speak } from "../dom.js";
import { begun } from "../fresh_jobs.js";
import { facts, notice } from "../parts.js";
import { UnreadableError, countRows, delimiterName, guessTextColumn, readHead } from "../table_file.js";
import { counted, number, percent, size } from "../words.js";

const MANIFEST = /\.(manifest|jsonl)(\.gz)?$/i; // labelled texts, which are trained on
const SAMPLE_CHARS = 160; // of a text shown of the file

export function showFile(app, main, { signal }) {
  app.title("Classify a file");
  const input = h("input", {
    id: "file",
    type: "file",
    accept: ".csv,.tsv,.gz,.manifest,.jsonl,text/csv,text/tab-separated-values",
    "aria-describedby": "file-hint",
  });
  const found = h("div", { "aria-live": "off" });
  const zone = h(
    "div",
    { class: "card drop" },
    h("label", { for: "file", class: "big" }, "Drop a table here, or choose one"),
    input,
    h(
      "p",
      { class: "hint", id: "file-hint" },
      "A CSV file with one column of texts: separated by comma, semicolon, tab or vertical bar." +
        " Labelled texts may also come as a manifest of a labelling job." +
        " It is first looked at on this computer; nothing is sent before you say so.",
    ),
  );
  let looking = new AbortController();
  const take = (file) => {
    looking.abort();
    looking = new AbortController();
    signal.addEventListener("abort", () => looking.abort());
    if (file) look(app, file, found, looking.signal, signal);
  };
  input.addEventListener("change", () => take(input.files[0]));
  for (const kind of ["dragover", "dragenter"])
    zone.addEventListener(kind, (event) => (event.preventDefault(), zone.classList.add("over")));
  for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length !== 1) {
      fill(found, notice("bad", "Drop one file at a time."));
      return;
    }
    input.files = event.dataTransfer.files;
    take(input.files[0]);
  });
  main.append(zone, found);
}

async function look(app, file, place, signal, left) {
  if (MANIFEST.test(file.name)) {
    fill(place, manifest(app, file, place, left));
    speak(`${file.name}: a manifest of labelled texts.`);
    return;
  }
  fill(place, h("p", { class: "loading" }, "Looking into the file …"));
  let head;
  try {
    head = await readHead(file, app.contract);
  } catch (error) {
    if (error instanceof UnreadableError) {
      fill(place, notice("bad", error.message));
      speak(error.message);
    } else app.tell(error, place);
    return;
  }
  if (signal.aborted) return;
  const rows = h("span", {}, "counting …");
  const guess = guessTextColumn(head.header, app.contract);
  fill(place, form(app, file, head, guess, rows, place, left));
  speak(`${file.name}: ${counted(head.header.length, "column")}, ${head.encodingName}. ${columnHint(head, guess)}`);
  try {
    const count = await countRows(file, head, (share) => (rows.textContent = `counting … ${percent(share)}`), signal);
    rows.textContent = number(count);
    if (!count) fill(place, notice("bad", "There is no row below the names of the columns."));
  } catch (error) {
    if (error.name !== "AbortError") rows.textContent = "could not be counted; the file may be damaged";
  }
}

/** A manifest is sent as it is: what it holds is a labelling job's, and the training's report tells of it. */
function manifest(app, file, place, left) {
  if (!app.user.is_owner) {
    const remedy = "Only owners may start trainings: ask one of them to send it.";
    return notice("bad", `This is a manifest of labelled texts. ${remedy}`);
  }
  const submit = (event) => {
    event.preventDefault();
    send(app, file, { to: "train", text_column: "" }, place, left);
  };
  return h(
    "form",
    { class: "card", onsubmit: submit },
    h("h2", {}, file.name),
    facts([["Size", size(file.size)]]),
    h("p", {}, "A manifest of labelled texts, as a labelling job writes it. A new model is trained on it."),
    h("div", { class: "actions" }, h("button", { type: "submit", class: "primary" }, "Send and train")),
  );
}

function form(app, file, head, guess, rows, place, left) {
  const column = h(
    "select",
    { id: "column", required: true, "aria-describedby": "column-hint" },
    guess.place < 0 && h("option", { value: "" }, "Choose the column …"),
    head.header.map((name, position) =>
      h("option", { value: String(position), selected: position === guess.place }, name || `(column ${position + 1})`),
    ),
  );
  const sample = h("div", { class: "sample" });
  const hint = h("p", { class: "hint", id: "column-hint" }, columnHint(head, guess));
  const show = () => fill(sample, column.value !== "" && samples(head, Number(column.value)));
  column.addEventListener("change", () => (fill(hint, "You chose this column."), show()));
  show();
  const explain = h("input", { id: "explain", type: "checkbox" });
  const purpose = h(
    "select",
    { id: "purpose" },
    h("option", { value: "predict" }, "Classify its rows"),
    h("option", { value: "train" }, "Train a new model on it"),
  );
  const explainField = h(
    "div",
    { class: "check" },
    explain,
    h("label", { for: "explain" }, "Add the words that spoke for each label (takes longer)"),
  );
  const promise = h(
    "select",
    { id: "promise", "aria-describedby": "promise-hint" },
    h("option", { value: "" }, "as many as usual"),
    app.contract.max_errors.map((most) => h("option", { value: most }, `at most ${most} %`)),
  );
  const promiseField = h(
    "div",
    { class: "field" },
    h("label", { for: "promise" }, "Of the rows that nobody looks at, so many may be wrong"),
    promise,
    h("p", { class: "hint", id: "promise-hint" }, "The fewer may be wrong, the more rows ask for a person."),
  );
  const button = h("button", { type: "submit", class: "primary" }, "Send and classify");
  const canClassify = Boolean(app.classifier?.current);
  purpose.addEventListener("change", () => {
    const isTraining = purpose.value === "train";
    explainField.hidden = promiseField.hidden = isTraining;
    button.textContent = isTraining ? "Send and train" : "Send and classify";
  });
  const submit = (event) => {
    event.preventDefault();
    const to = purpose.value;
    const text_column = head.header[Number(column.value)] || "";
    const asked = to === "train" ? {} : { explain: explain.checked, max_error: promise.value };
    send(app, file, { to, text_column, ...asked }, place, left);
  };
  return h(
    "form",
    { class: "card", onsubmit: submit },
    h("h2", {}, file.name),
    facts([
      ["Size", size(file.size)],
      ["Rows", rows],
      ["Columns", number(head.header.length)],
      ["Encoding", head.encodingName + (head.isGzip ? ", compressed (gzip)" : "")],
      ["Separated by", delimiterName(head.delimiter)],
    ]),
    h("div", { class: "field" }, h("label", { for: "column" }, "Column with the texts"), column, hint),
    sample,
    app.user.is_owner && h("div", { class: "field" }, h("label", { for: "purpose" }, "What shall be done with it"), purpose),
    !canClassify && notice("note", "There is no model yet: a file to classify waits until there is one, and then goes on by itself."),
    promiseField,
    explainField,
    h("div", { class: "actions" }, button),
  );
}

function columnHint(head, guess) {
  if (guess.why === "name") return `Recognised by its name, ‘${head.header[guess.place]}’.`;
  if (guess.why === "only") return "It is the only column.";
  return "Which column holds the texts cannot be told by the names. Please choose it.";
}

function samples(head, position) {
  const texts = head.rows
    .map((row) => row[position])
    .filter((text) => text?.trim())
    .slice(0, 3);
  return [
    h("h3", {}, "The first texts in it"),
    texts.length
      ? h(
          "ol",
          {},
          texts.map((text) => h("li", {}, text.length > SAMPLE_CHARS ? `${text.slice(0, SAMPLE_CHARS)} …` : text)),
        )
      : h("p", { class: "hint" }, "This column is empty in the first rows. Is it the right one?"),
  ];
}

async function send(app, file, asked, place, signal) {
  const meter = h("progress", { id: "sent", max: "1", value: 0 });
  const share = h("span", {}, "0 %");
  fill(
    place,
    h(
      "div",
      { class: "card" },
      h("h2", {}, file.name),
      h("p", {}, h("label", { for: "sent" }, "Sending "), meter, " ", share),
      h("p", { class: "hint" }, "Keep this page open until the file is sent."),
    ),
  );
  speak("Sending the file.");
  const guard = (event) => event.preventDefault();
  addEventListener("beforeunload", guard);
  try {
    const wanted = { name: file.name, bytes: file.size, classifier: app.classifier?.name || "main", ...asked };
    const ticket = await app.api.upload(wanted, signal);
    const version = await sendFile(ticket, file, (part) => ((meter.value = part), (share.textContent = percent(part))), signal);
    removeEventListener("beforeunload", guard);
    fill(place, notice("good", "The file is sent. Its job starts in a moment …"));
    speak("The file is sent.");
    const query = version ? { key: ticket.key, version } : { key: ticket.key };
    const job = await begun(async () => (await app.api.jobs(query, signal)).jobs?.[0], signal);
    location.hash = job ? `#/jobs/${encodeURIComponent(job.job_id)}` : "#/jobs";
  } catch (error) {
    app.tell(error, place, () => send(app, file, asked, place, signal));
  } finally {
    removeEventListener("beforeunload", guard);
  }
}
