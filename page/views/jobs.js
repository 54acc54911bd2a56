// All jobs, the newest first.

import { h } from "../dom.js";
import { badge, entries, entry, loaded, notice } from "../parts.js";
import { counted, fileName, moment, statusWords } from "../words.js";

const KINDS = { done: "good", failed: "bad", refused: "bad", waiting: "warn" };

export function showJobs(app, main, { signal }) {
  app.title("Jobs");
  const place = main.appendChild(h("div"));
  return loaded(app, place, async () => {
    const { jobs = [], next } = await app.api.jobs({ limit: 50 }, signal);
    if (!jobs.length) {
      return notice("note", "Nothing was dropped yet.", h("p", {}, h("a", { href: "#/file" }, "Classify a file")));
    }
    const list = entries("Jobs, the newest first", jobs.map(row));
    return [list, next && more(app, list, next, signal)];
  });
}

/** The state of a job as a badge. */
export const jobBadge = ({ status, kind }) => badge(statusWords(status, kind)[0], KINDS[status] || "plain");

/** How many rows a job has, by whichever name it tells them. */
export const rowsOf = (job) => job.rows ?? job.rows_in;

/** What a job is called: its file, unless that was not sent but learned from once more. */
export function nameOf(job) {
  if (!job.is_anew) return fileName(job.name);
  return job.answers ? `Training with ${counted(job.answers, "answer")}` : "Training on the same file once more";
}

function row(job) {
  const rows = rowsOf(job);
  const text = [job.kind === "train" ? "training" : "classification", rows ? counted(rows, "row") : null, moment(job.created_at)];
  return {
    href: `#/jobs/${encodeURIComponent(job.job_id)}`,
    name: nameOf(job),
    state: jobBadge(job),
    text: text.filter(Boolean).join(" · "),
  };
}

function more(app, list, next, signal) {
  const place = h("div", { class: "actions" });
  const load = async () => {
    try {
      const page = await app.api.jobs({ limit: 50, before: next }, signal);
      const rows = (page.jobs || []).map((job) => entry(row(job)));
      list.append(...rows);
      rows[0]?.querySelector("a").focus();
      next = page.next;
      if (!next) place.remove();
    } catch (error) {
      app.tell(error, place, load);
    }
  };
  place.append(h("button", { type: "button", onclick: load }, "Show older jobs"));
  return place;
}
