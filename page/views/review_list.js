// Which jobs have rows that wait for a person.

import { h } from "../dom.js";
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
    const asked = open.slice(0, MOST_ASKED).map((job) => app.api.job(job.job_id, signal).catch(() => job));
    const entries = [...(await Promise.all(asked)), ...open.slice(MOST_ASKED)].map(entry);
    return [
      h(
        "p",
        { class: "lead" },
        "The model asks for help where it is not sure. Your answers are kept, and the next model learns from them.",
      ),
      corrections && h("p", { class: "hint" }, learned(corrections)),
      open.length
        ? h("ul", { class: "cards" }, entries)
        : notice("note", "No file was classified yet.", h("p", {}, h("a", { href: "#/file" }, "Classify a file"))),
    ];
  });
}

/** What has been answered so far, as a sentence. */
export function learned({ total = 0, since_training: fresh = 0, retrain_after: after = 0 }) {
  const start = `${counted(total, "answer")} so far, ${number(fresh)} since the last training began.`;
  return after > fresh ? `${start} A new training starts by itself after ${number(after)}.` : start;
}

function entry(job) {
  const id = encodeURIComponent(job.job_id);
  return h(
    "li",
    { class: "card" },
    h("h2", {}, h("a", { href: `#/review/${id}` }, fileName(job.name))),
    h(
      "p",
      { class: "hint" },
      [moment(job.created_at), Number.isFinite(job.rows_to_review) ? progressWords(job) : null].filter(Boolean).join(" · "),
    ),
  );
}
