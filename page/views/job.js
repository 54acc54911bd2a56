// One job: how far it is, what came of it, what it promises, its files, and the rows that need a person.

import { MARK, answersOf, save, withAnswers } from "../answered_results.js";
import { ApiError } from "../api.js";
import { fill, h, speak } from "../dom.js";
import { facts, loading, notice, pause, shares } from "../parts.js";
import { counted, dollars, fileName, forPage, moment, number, percent, promiseWords, size, statusWords } from "../words.js";
import { jobBadge, rowsOf } from "./jobs.js";
import { modelAddress } from "./models.js";

const FIRST_PAUSE = 2000,
  LONGEST_PAUSE = 15000; // milliseconds between looks at a job that goes on
const MOST_BYTES = 100e6; // of results that a browser writes anew
const STEPS = ["received", "running", "done"];

export async function showJob(app, main, { parameters: [id], signal }) {
  app.title("Job");
  const place = main.appendChild(h("div", {}, loading()));
  let told = "",
    shown = "",
    wait = FIRST_PAUSE;
  for (;;) {
    let job;
    try {
      job = await app.api.job(id, signal);
    } catch (error) {
      app.tell(error, place, () => (fill(main), showJob(app, main, { parameters: [id], signal })));
      return;
    }
    if (job.status !== told) {
      if (!told) title(app, main, place, job);
      else speak(`${statusWords(job.status, job.kind)[0]}. ${sentenceOf(job)}`);
      told = job.status;
    }
    if (JSON.stringify(job) !== shown) fill(place, ...state(job)); // else the focus stays where it is
    shown = JSON.stringify(job);
    if (job.is_final) {
      await outcome(app, place, job, signal);
      return;
    }
    await pause(wait, signal);
    wait = Math.min(wait * 1.3, LONGEST_PAUSE);
  }
}

function title(app, main, place, job) {
  app.title(fileName(job.name));
  main.append(place);
}

function state(job) {
  const sentence = sentenceOf(job);
  const message = forPage(job.message);
  const at = STEPS.indexOf(job.status === "waiting" ? "received" : job.status);
  const bad = job.status === "failed" || job.status === "refused";
  const steps =
    at >= 0 &&
    !bad &&
    h(
      "ol",
      { class: "steps" },
      STEPS.map((name, step) =>
        h("li", { class: step <= at ? "over" : "", "aria-current": step === at ? "step" : null }, statusWords(name, job.kind)[0]),
      ),
    );
  return [
    h(
      "div",
      { class: "card" },
      h("p", {}, jobBadge(job), " ", sentence),
      steps,
      bad ? notice("bad", message || "No reason was given.") : !job.summary && job.status !== "waiting" && message && h("p", { class: "message" }, message),
      facts([
        ["Kind", job.kind === "train" ? "training" : "classification"],
        ["Classifier", job.classifier || "–"],
        ["Dropped", moment(job.created_at)],
        rowsOf(job) ? ["Rows", number(rowsOf(job))] : null,
        job.summary?.text_column ? ["Column with the texts", job.summary.text_column] : null,
        job.rows_rejected ? ["Rows that could not be read", number(job.rows_rejected)] : null,
        hasModel(job)
          ? ["Model", h("a", { href: modelAddress(job.classifier, job.model_version) }, `version ${job.model_version}`)]
          : null,
        job.is_final && job.cost_usd ? ["Cost", dollars(job.cost_usd)] : null,
      ]),
    ),
  ];
}

/** How far a job is; when it is done, how many rows have their answer where some have none. */
function sentenceOf(job) {
  if (job.kind !== "predict" || job.status !== "done" || !job.rows_rejected) return statusWords(job.status, job.kind)[1];
  const rows = rowsOf(job);
  const rest = `${counted(job.rows_rejected, "row")} could not be read; the file ‘rejected’ says why`;
  return `${number(rows - job.rows_rejected)} of ${counted(rows, "row")} are in the results. ${rest}.`;
}

async function outcome(app, place, job, signal) {
  if (job.kind === "predict" && job.status === "done") {
    const newer = job.summary ? null : await newest(app, job, signal);
    place.append(...summary(job, newer));
  }
  if (hasModel(job) && job.kind === "train") place.append(trained(job));
  const files = place.appendChild(h("section", { "aria-labelledby": "files" }));
  try {
    const { files: found = [] } = await app.api.files(job.job_id, signal);
    if (found.length) fill(files, fileList(found, job.summary?.review && answersButton(app, job, found[0], signal)));
  } catch (error) {
    app.tell(error, files);
  }
}

/** The last job of the same file; null when it is this one, or cannot be told. */
async function newest(app, { job_id: id, name }, signal) {
  const { jobs = [] } = await app.api.jobs({ key: name || "", limit: 100 }, signal).catch(() => ({}));
  return jobs[0] && jobs[0].job_id !== id ? jobs[0] : null;
}

/** Whether there is the model that a job names: a training has a number for one before it has made it. */
const hasModel = (job) => job.model_version && (job.kind === "predict" || job.status === "done");

const REPLACED = "A file of this name was sent again since. The results are those of the newer one, and took the place of these.";

function summary(job, newer) {
  const told = job.summary || {};
  const review = told.rows_to_review ?? job.rows_to_review ?? 0;
  const rejected = told.rows_rejected ?? job.rows_rejected ?? 0;
  const rows = told.rows_out ?? job.rows_out ?? (rowsOf(job) ?? 0) - rejected;
  const promise = promiseWords(told.promise);
  const labels = Object.entries(told.labels || {}).sort((one, other) => other[1] - one[1]);
  const total = labels.reduce((sum, [, count]) => sum + count, 0);
  return [
    h(
      "section",
      { class: "card", "aria-labelledby": "outcome" },
      h("h2", { id: "outcome" }, "What came of it"),
      h(
        "div",
        { class: "tiles" },
        tile(rows - review, "need no review"),
        tile(review, "for a person to look at"),
        rejected ? tile(rejected, "could not be read") : null,
      ),
      job.summary ? null : notice("note", REPLACED, newer && h("p", {}, h("a", { href: `#/jobs/${part(newer.job_id)}` }, "Show the newer one"))),
      promise && (told.promise.is_kept === false ? notice("note", promise, again()) : notice("good", promise)),
      observed(job.observed),
      told.review && reviewList(job),
    ),
    labels.length > 0 &&
      h(
        "section",
        { class: "card" },
        shares(
          labels.map(([name, count]) => [name || "(no text, so no label)", count / total, number(count)]),
          "Rows by label",
        ),
      ),
  ].filter(Boolean);
}

/** The way to the review list, which is bounded, and has rows even where the model doubts none. */
function reviewList({ job_id: id }) {
  return h(
    "div",
    { class: "actions" },
    h("a", { class: "button primary", href: `#/review/${encodeURIComponent(id)}` }, "Review the rows most worth a look"),
    h(
      "p",
      { class: "hint" },
      "First those of which the model is least sure, then some where the file has another category, and some drawn at random:" +
        " these show how often it is wrong where nobody looks. Where there are many, not all are listed.",
    ),
  );
}

const trained = ({ classifier, model_version: version }) =>
  h(
    "p",
    { class: "actions" },
    h("a", { class: "button primary", href: modelAddress(classifier, version) }, `See what version ${version} can do`),
  );

const part = encodeURIComponent;
const again = () => h("p", {}, h("a", { href: "#/file" }, "Send the file once more"));

function observed(seen) {
  if (!seen?.reviewed) return null;
  const share = percent(seen.wrong / seen.reviewed, 1);
  return h(
    "p",
    {},
    `Checked so far: of ${counted(seen.reviewed, "row")} that needed no review and were looked at all the same,` +
      ` ${seen.wrong ? `${number(seen.wrong)} ${seen.wrong === 1 ? "was" : "were"} wrong (${share})` : "none was wrong"}.`,
  );
}

const tile = (count, text) => h("p", { class: "tile" }, h("strong", {}, counted(count, "row")), h("span", {}, text));

const MEANINGS = [
  [/_results\.csv$/, "Your rows with their labels"],
  [/rejected\.csv$/, "Rows that could not be read, and why"],
  [/_review\.jsonl$/, "Rows that need a person, for programs"],
  [/summary\.json$/, "The summary, for programs"],
  [/report\.html$/, "The report of the training"],
];

function fileList(files, more) {
  return h(
    "div",
    { class: "card" },
    h("h2", { id: "files" }, "Files"),
    h(
      "ul",
      { class: "files" },
      files.map(({ name, bytes, url }) => {
        const meaning = MEANINGS.find(([pattern]) => pattern.test(name))?.[1];
        return h(
          "li",
          {},
          h("a", { href: safe(url), download: "", rel: "noreferrer" }, fileName(name)),
          h("span", { class: "hint" }, [meaning, size(bytes)].filter(Boolean).join(", ")),
        );
      }),
    ),
    more,
    h("p", { class: "hint" }, "The links are good for ten minutes. Load this page again for new ones."),
  );
}

/** The results with the answers of their review, made in the browser; `results` is their entry of the files. */
function answersButton(app, job, { name, bytes, url }, signal) {
  if (bytes > MOST_BYTES) return null;
  const told = h("div", { role: "status" });
  const make = async () => {
    try {
      const waiting = app.outbox.of(job.job_id);
      const { rows = [] } = await app.api.review(job.job_id, signal);
      const answers = answersOf(rows, waiting, app.user.name);
      if (!answers.size) {
        fill(told, notice("note", "No row of this file was answered in a review yet."));
        return;
      }
      const found = await fetch(safe(url), { signal });
      if (!found.ok) throw new ApiError("The link is too old. Load this page again.", found.status);
      save(withAnswers(MARK + (await found.text()), answers), name.replace(/results\.csv$/, "answered.csv"));
      fill(told, notice("good", `The answers to ${counted(answers.size, "row")} are in the column final_label; in the other rows it is the model’s label.`));
    } catch (error) {
      app.tell(error, told);
    }
  };
  return h("div", {}, h("button", { type: "button", onclick: make }, "Download the rows with the answers of the review"), told);
}

/** An address only if it is one of the web. */
export const safe = (url) => (/^https?:\/\//.test(String(url)) ? url : "#/jobs");
