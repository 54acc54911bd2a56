// All labelling jobs.

import { h } from "../dom.js";
import { badge, entries, loaded, notice } from "../parts.js";
import { counted, moment } from "../words.js";
import { labelAddress } from "./label.js";

const NONE = "There is no labelling job yet.";

export function showLabelList(app, main, { signal }) {
  app.title("Label");
  const place = main.appendChild(h("div"));
  return loaded(app, place, async () => {
    const { jobs = [] } = await app.api.labellingJobs(signal);
    return [
      h("p", { class: "lead" }, "Where there is no model yet, people say what texts are, and a model learns from that. Choose a job and begin."),
      jobs.length ? entries("Labelling jobs, the newest first", jobs.map(entry)) : notice("note", app.user.is_owner ? NONE : `${NONE} An owner can make one; whoever invited you knows who that is.`),
      app.user.is_owner && h("p", {}, h("a", { href: "#/label/new", class: "button" }, "New labelling job")),
    ];
  });
}

function entry({ classifier, name, status, texts, answers_wanted: wanted, created_at: at }) {
  const path = `${classifier}/${name}`;
  return {
    href: status === "open" ? labelAddress(path) : `#/label/${path}/job`,
    name,
    state: stateOf(status),
    text: `${counted(texts, "text")}, ${counted(wanted, "answer")} each · for ${classifier} · ${moment(at)}`,
  };
}

/** A labelling job's state as a badge. */
export function stateOf(status) {
  const [word, kind] = { open: ["open", "good"], finished: ["finished", "plain"], deleting: ["being deleted", "warn"] }[status] || ["unknown", "plain"];
  return badge(word, kind);
}
