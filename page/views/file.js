// Drop a file: what it holds before it is sent, then its way to the server.

import { ChangedFileError, sendFile } from "../api.js";
import { fill, h, speak } from "../dom.js";
import { begun } from "../fresh_jobs.js";
import { confirmed, facts, loading, notice } from "../parts.js";
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
  const place = h("div", { "aria-live": "off" });
  const told = h("div", { role: "status" });
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
  const desk = { app, input, place, told, left: signal };
  let looking = new AbortController();
  const take = (files) => {
    if (!files.length) return;
    if (input.disabled || files.length > 1) {
      fill(told, notice("bad", input.disabled ? "Wait until the other file is sent, then drop this one." : "Drop one file at a time."));
      return;
    }
    looking.abort();
    looking = new AbortController();
    signal.addEventListener("abort", () => looking.abort());
    fill(told);
    look(desk, files[0], looking.signal);
  };
  input.addEventListener("change", () => {
    const chosen = [...input.files];
    input.value = ""; // or the same file, mended, would be no change
    take(chosen);
  });
  const dragged = (event) => zone.classList.toggle("over", event.type === "dragover" && event.dataTransfer.types.includes("Files"));
  for (const kind of ["dragover", "dragleave", "drop"]) document.addEventListener(kind, dragged, { signal });
  const dropped = (event) => {
    if (!event.dataTransfer.types.includes("Files") || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    take([...event.dataTransfer.files]);
  };
  document.addEventListener("drop", dropped, { signal });
  main.append(...[reminder(), zone, place, told].filter(Boolean));
}

/** Show what a file holds, and ask what shall be done with it; `desk` is the view's: {app, input, place, told, left}. */
async function look(desk, file, signal) {
  const { app, place, left } = desk;
  if (MANIFEST.test(file.name)) {
    fill(place, manifest(desk, file));
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
    } else app.tell(error.name === "NotReadableError" ? new ChangedFileError(file.name) : error, place);
    return;
  }
  if (signal.aborted) return;
  const found = { rows: h("span", {}, "counting …"), broken: h("div") };
  const guess = guessTextColumn(head.header, app.contract);
  fill(place, fileForm(app, file, head, guess, found, (asked) => send(desk, file, asked), left));
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
function manifest(desk, file) {
  if (!desk.app.user.is_owner) {
    const remedy = "Only owners may start trainings: ask one of them to send it.";
    return notice("bad", `This is a manifest of labelled texts. ${remedy}`);
  }
  const submit = (event) => {
    event.preventDefault();
    send(desk, file, { to: "train", text_column: "" });
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

/** Send a file; what was asked for stays to be sent once more when that fails, or when the person has thought better of it. */
async function send(desk, file, asked) {
  const { app, input, place, told, left: signal } = desk;
  if (input.disabled) return; // the button was pressed twice
  const form = [...place.childNodes];
  const guard = (event) => event.preventDefault();
  addEventListener("beforeunload", guard);
  input.disabled = true;
  fill(told, loading("One moment …"));
  try {
    const wanted = { name: file.name, bytes: file.size, classifier: app.classifier?.name || "main", ...asked };
    const ticket = await app.api.upload(wanted, signal);
    if (asked.to === "predict" && !(await mayReplace(app, ticket.key, signal))) {
      fill(told, notice("note", "Nothing was sent. To keep both results, give the file another name and choose it again."));
      return;
    }
    fill(told);
    const version = await sendFile(ticket, file, meter(place, file), signal);
    removeEventListener("beforeunload", guard);
    fill(place, notice("good", "The file is sent. Its job starts in a moment …"));
    speak("The file is sent.");
    const query = version ? { key: ticket.key, version } : { key: ticket.key };
    const job = await begun(async () => (await app.api.jobs(query, signal)).jobs?.[0], signal);
    location.hash = job ? `#/jobs/${encodeURIComponent(job.job_id)}` : "#/jobs";
  } catch (error) {
    if (error instanceof ChangedFileError) chooseAgain(desk, error);
    else {
      fill(place, form);
      app.tell(error, told, () => send(desk, file, asked));
    }
  } finally {
    removeEventListener("beforeunload", guard);
    input.disabled = false;
  }
}

/** Show how much of a file is sent; returns what hears the share. */
function meter(place, file) {
  const bar = h("progress", { id: "sent", max: "1", value: 0 });
  const share = h("span", {}, "0 %");
  fill(
    place,
    h(
      "div",
      { class: "card" },
      h("h2", {}, file.name),
      h("p", {}, h("label", { for: "sent" }, "Sending "), bar, " ", share),
      h("p", { class: "hint" }, "Keep this page open until the file is sent."),
    ),
  );
  speak("Sending the file.");
  return (part) => ((bar.value = part), (share.textContent = percent(part)));
}

/** No browser reads a file anew by itself that was changed: only a person may choose it. */
function chooseAgain({ input, place, told }, { message }) {
  fill(place);
  fill(told, notice("bad", message, h("button", { type: "button", onclick: () => input.click() }, "Choose it again")));
  speak(message);
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
