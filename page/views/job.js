// One job: how far it is, what came of it, what it promises, its files, and the rows that need a person.

import { MARK, answersOf, save, withAnswers } from "../answered_results.js";
import { ApiError } from "../api.js";
import { fill, h, speak } from "../dom.js";
import { facts, loading, notice, pause, shares } from "../parts.js";
import { progressWords, rowsOfKinds } from "../review_progress.js";
import { againLink } from "../sent_again.js";
import { counted, dollars, fileName, forPage, moment, number, percent, promiseWords, rate, size, statusWords } from "../words.js";
import { jobBadge, nameOf, rowsOf } from "./jobs.js";
import { modelAddress } from "./models.js";

const FIRST_PAUSE = 2000,
  LONGEST_PAUSE = 15000; // milliseconds between looks at a job that goes on
const MOST_BYTES = 100e6; // of results that a browser writes anew
const FIGURE_ROWS = 100; // from which on a share of them is told
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
    if (JSON.stringify(job) !== shown) fill(place, ...state(app, job)); // else the focus stays where it is
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
  app.title(nameOf(job));
  main.append(place);
}

function state(app, job) {
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
        app.classifiers.length > 1 && ["Classifier", job.classifier || "–"],
        [job.is_anew ? "Asked for" : "Sent", moment(job.created_at)],
        job.is_anew && ["Learns from", `${fileName(job.name)} and ${counted(job.answers || 0, "answer")}`],
        rowsOf(job) ? ["Rows", number(rowsOf(job))] : null,
        job.summary?.text_column ? ["Column with the texts", job.summary.text_column] : null,
        job.summary?.own_column ? ["Column with the file’s own category", job.summary.own_column] : null,
        job.rows_rejected ? ["Rows that could not be read", number(job.rows_rejected)] : null,
        hasModel(job)
          ? ["Model", h("a", { href: modelAddress(job.classifier, job.model_version) }, `version ${job.model_version}`)]
          : null,
        job.is_final && job.cost_usd ? ["Cost", dollars(job.cost_usd)] : null,
      ]),
    ),
  ];
}

/** How far a job is; when it is done, how many rows have a label, and why others have none. */
function sentenceOf(job) {
  if (job.kind !== "predict" || job.status !== "done" || !rowsOf(job)) return statusWords(job.status, job.kind)[1];
  const [rows, empty, rejected] = [rowsOf(job), rowsOfKinds(job).textless, job.rows_rejected || 0];
  const left = rows - empty - rejected;
  const rest = [
    empty > 0 && `${number(empty)} ${empty === 1 ? "has" : "have"} no text`,
    rejected > 0 && `${number(rejected)} could not be read: the file ‘rejected’ says why`,
  ].filter(Boolean);
  return rest.length ? `${number(left)} of ${counted(rows, "row")} ${left === 1 ? "has" : "have"} a label; ${rest.join(", ")}.` : "Every row has its label.";
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
  const rejected = told.rows_rejected ?? job.rows_rejected ?? 0;
  const { sure, doubtful, textless } = rowsOfKinds(job);
  const promise = promiseWords(told.promise);
  const labels = Object.entries(told.labels || {}).filter(([label]) => label).sort((one, other) => other[1] - one[1]);
  const total = labels.reduce((sum, [, count]) => sum + count, 0);
  return [
    h(
      "section",
      { class: "card", "aria-labelledby": "outcome" },
      h("h2", { id: "outcome" }, "What came of it"),
      h(
        "div",
        { class: "tiles" },
        tile(sure, sure === 1 ? "needs no review" : "need no review"),
        tile(doubtful, "for a person to look at"),
        textless ? tile(textless, "without a text, so without a label") : null,
        rejected ? tile(rejected, "could not be read") : null,
      ),
      job.summary ? null : notice("note", REPLACED, newer && h("p", {}, h("a", { href: `#/jobs/${part(newer.job_id)}` }, "Show the newer one"))),
      promise && (told.promise.is_kept === false ? notice("note", promise, h("p", {}, againLink(job))) : notice("good", promise)),
      observed(job),
      differing(job.job_id, told),
      told.review && reviewList(job),
    ),
    labels.length > 0 &&
      h(
        "section",
        { class: "card" },
        shares(
          labels.map(([name, count]) => [name, count / total, number(count)]),
          "Rows by label",
        ),
      ),
  ].filter(Boolean);
}

/** The way to the review list, which is bounded, and has rows even where the model doubts none. */
function reviewList(job) {
  const words = progressWords(job);
  return h(
    "div",
    { class: "actions" },
    h("a", { class: "button primary", href: `#/review/${encodeURIComponent(job.job_id)}` }, "Review the rows most worth a look"),
    h("span", {}, `${words[0].toUpperCase()}${words.slice(1)}.`),
    h(
      "p",
      { class: "hint" },
      "First come those of which the model is least sure; then some of which it is sure, where the file has another category or just" +
        " as they were drawn: these show how often it is wrong where nobody looks. Where there are many, not all are listed.",
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

/** What people found among rows that needed no review, and what that says of the promise. */
function observed(job) {
  const { reviewed, wrong, verdict } = job.observed || {};
  if (!reviewed) return null;
  const share = reviewed >= FIGURE_ROWS ? ` (${percent(wrong / reviewed, 1)})` : ""; // of a handful a share says too much
  const told =
    `Checked so far: of ${counted(reviewed, "row")} that needed no review and ${reviewed === 1 ? "was" : "were"} looked at all the same,` +
    ` ${wrong ? `${number(wrong)} ${wrong === 1 ? "was" : "were"} wrong${share}` : "none was wrong"}.`;
  const most = rate(job.summary?.promise?.max_error);
  if (verdict !== "broken") {
    const meaning = { "too few": " So few say nothing about the promise yet: review more of them.", "in line": " That fits the promise." }[verdict];
    return h("p", {}, told, meaning);
  }
  const remedy = h(
    "p",
    {},
    "What to do: look at more of these rows yourself. ",
    againLink(job),
    " and let fewer mistakes slip through. A new model that learns from the answers helps in the long run: an owner trains it.",
  );
  return notice("bad", `${told} That is more than the promised ${most}, and chance hardly explains it: these texts differ from those that the model learned from.`, remedy);
}

/** How often the file's own category is another than the model's label. */
function differing(id, { own_column: column, rows_differing: rows = 0 }) {
  if (!column) return null;
  const said = `The file has categories of its own, in the column ‘${column}’.`;
  if (!rows) return h("p", {}, `${said} They agree with the model in every row.`);
  const link = h("a", { href: `#/review/${part(id)}/disagreements` }, "Look at those of which the model is sure");
  return h("p", {}, `${said} In ${counted(rows, "row")} the model gave another label. `, link, ".");
}

const tile = (count, text) => h("p", { class: "tile" }, h("strong", {}, counted(count, "row")), h("span", {}, text));

const MEANINGS = [
  [/_results\.csv$/, "Your rows with their labels"],
  [/rejected\.csv$/, "Rows that could not be read, and why"],
  [/_review\.jsonl$/, "Rows that need a person, for programs"],
  [/summary\.json$/, "All figures of this page, for programs"],
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
