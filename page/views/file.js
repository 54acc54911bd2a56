// Drop a file: what it holds before it is sent, then its way to the server.

import { sendFile } from "../api.js";
import { fill, h, speak } from "../dom.js";
import { begun } from "../fresh_jobs.js";
import { confirmed, facts, notice } from "../parts.js";
import { reminder } from "../sent_again.js";
import { UnreadableError, countRows, guessTextColumn, readHead } from "../table_file.js";
import { counted, moment, number, percent, size } from "../words.js";
import { columnHint, fileForm } from "./file_form.js";

const MANIFEST = /\.(manifest|jsonl)(\.gz)?$/i; // labelled texts, which are trained on

export function showFile(app, main, { signal }) {
  app.title(app.user.is_owner ? "Classify a file or train on it" : "Classify a file");
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
        (app.user.is_owner ? " Labelled texts may also come as a manifest, the file of a finished labelling job." : "") +
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
  main.append(...[reminder(), zone, found].filter(Boolean));
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
  const found = { rows: h("span", {}, "counting …"), broken: h("div") };
  const guess = guessTextColumn(head.header, app.contract);
  fill(place, fileForm(app, file, head, guess, found, (asked) => send(app, file, asked, place, left), left));
  speak(`${file.name}: ${counted(head.header.length, "column")}, ${head.encodingName}. ${columnHint(head, guess)}`);
  try {
    const { rows, uneven } = await countRows(file, head, (share) => (found.rows.textContent = `counting … ${percent(share)}`), signal);
    found.rows.textContent = number(rows);
    if (!rows) fill(place, notice("bad", "There is no row below the names of the columns."));
    if (uneven) fill(found.broken, notice("note", broken(uneven)));
  } catch (error) {
    if (error.name !== "AbortError") found.rows.textContent = "could not be counted; the file may be damaged";
  }
}

const broken = (rows) =>
  `${counted(rows, "row")} ${rows === 1 ? "has" : "have"} more or fewer columns than the first row and cannot be read.` +
  " Nothing is lost: a file of its own comes back with the reason.";

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
    if (asked.to === "predict" && !(await mayReplace(app, ticket.key, signal))) {
      fill(place, notice("note", "Nothing was sent. Give the file another name to keep both results, and choose it again."));
      return;
    }
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

/** Whether results that are there may be replaced: those of an earlier file of the same name, if there was one. */
async function mayReplace(app, key, signal) {
  const { jobs = [] } = await app.api.jobs({ key, limit: 100 }, signal);
  const before = jobs.find(({ kind, status }) => kind === "predict" && status === "done");
  if (!before) return true;
  return confirmed(
    "Replace the results of this file?",
    `A file of this name was classified on ${moment(before.created_at)}. Its results are replaced, and its rows can no longer be reviewed; answers already given are kept for the next training.`,
    "Send it",
  );
}
