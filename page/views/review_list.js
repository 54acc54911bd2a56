// Which jobs have rows that wait for a person.

import { fill, h } from "../dom.js";
import { loaded, notice } from "../parts.js";
import { progressWords } from "../review_progress.js";
import { counted, fileName, moment, number } from "../words.js";

const MOST_ASKED = 20; // jobs that are asked for their answers

export function showReviewList(app, main, { signal }) {
  app.title("Review");
  const place = main.appendChild(h("div"));
  return loaded(app, place, async () => {
    const [{ jobs = [] }, corrections] = await Promise.all([
      app.api.jobs({ limit: 100 }, signal),
      app.classifier ? app.api.corrections(app.classifier.name, signal).catch(() => null) : null,
    ]);
    const done = jobs.filter((job) => job.kind === "predict" && job.status === "done");
    const open = done.filter(({ name }, place) => done.findIndex((job) => job.name === name) === place); // of a file sent again the last
    return [
      h(
        "p",
        { class: "lead" },
        "The model asks for help where it is not sure. Your answers are kept, and the next model learns from them.",
      ),
      corrections && h("p", { class: "hint" }, learned(corrections)),
      open.length
        ? h("ul", { class: "cards" }, open.map((job, place) => entry(app, job, place < MOST_ASKED, signal)))
        : notice("note", "No file was classified yet.", h("p", {}, h("a", { href: "#/file" }, "Classify a file"))),
    ];
  });
}

/** What has been answered so far, as a sentence. */
export function learned({ total = 0, since_training: fresh = 0, retrain_after: after = 0 }) {
  const start = `${counted(total, "answer")} so far, ${number(fresh)} since the last training began.`;
  return after > fresh ? `${start} A new training starts by itself after ${number(after)}.` : start;
}

/** One file; how many of its rows are answered comes when the job itself has told it, where it is asked. */
function entry(app, job, isAsked, signal) {
  const said = h("p", { class: "hint" }, moment(job.created_at));
  const tell = (found) => Number.isFinite(job.rows_to_review) && fill(said, `${moment(job.created_at)} · ${progressWords(found)}`);
  if (isAsked) app.api.job(job.job_id, signal).then(tell, () => tell(job));
  else tell(job);
  return h("li", { class: "card" }, h("h2", {}, h("a", { href: `#/review/${encodeURIComponent(job.job_id)}` }, fileName(job.name))), said);
}
