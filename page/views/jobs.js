// All jobs, the newest first.

import { h } from "../dom.js";
import { badge, loaded, notice } from "../parts.js";
import { fileName, moment, number, statusWords } from "../words.js";

const KINDS = { done: "good", failed: "bad", refused: "bad", waiting: "warn" };

export function showJobs(app, main, { signal }) {
  app.title("Jobs");
  const place = main.appendChild(h("div"));
  return loaded(app, place, async () => {
    const { jobs = [], next } = await app.api.jobs({ limit: 50 }, signal);
    if (!jobs.length) {
      return notice("note", "Nothing was dropped yet.", h("p", {}, h("a", { href: "#/file" }, "Classify a file")));
    }
    const body = h("tbody", {}, jobs.map(row));
    return [
      h(
        "table",
        { class: "list" },
        h("caption", { class: "unseen" }, "Jobs, the newest first"),
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            ["File", "What", "State", "Rows", "When"].map((name) => h("th", { scope: "col" }, name)),
          ),
        ),
        body,
      ),
      next && more(app, body, next, signal),
    ];
  });
}

/** The state of a job as a badge. */
export const jobBadge = ({ status, kind }) => badge(statusWords(status, kind)[0], KINDS[status] || "plain");

/** How many rows a job has, by whichever name it tells them. */
export const rowsOf = (job) => job.rows ?? job.rows_in;

function row(job) {
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, h("a", { href: `#/jobs/${encodeURIComponent(job.job_id)}` }, fileName(job.name))),
    h("td", {}, job.kind === "train" ? "training" : "classification"),
    h("td", {}, jobBadge(job)),
    h("td", { class: "figure" }, rowsOf(job) ? number(rowsOf(job)) : "–"),
    h("td", {}, moment(job.created_at)),
  );
}

function more(app, body, next, signal) {
  const place = h("div", { class: "actions" });
  const load = async () => {
    try {
      const page = await app.api.jobs({ limit: 50, before: next }, signal);
      const rows = (page.jobs || []).map(row);
      body.append(...rows);
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
