// When two people answer the same row the last word stands, and who has it is told of the other.

import { fill, h } from "./dom.js";
import { notice } from "./parts.js";
import { moment, number } from "./words.js";

/** A place that tells of the answers of others that this person's have replaced, in one job. */
export function replacedAnswers(app, job, signal) {
  const place = h("div", { role: "status" });
  const tell = ({ detail: { job: of, row, label, replaced } }) => {
    if (of !== job) return;
    const sentence = `Row ${number(row)}: ${replaced.by} had answered ‘${replaced.label}’ (${moment(replaced.at)}). Yours, ‘${label}’, stands now.`;
    fill(place, notice("note", sentence));
  };
  app.outbox.addEventListener("replaced", tell, { signal });
  return place;
}
