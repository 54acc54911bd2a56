// When two people answer the same row the last word stands, and who has it is told of the other.

import { fill, h, speak, takeFocus } from "./dom.js";
import { notice } from "./parts.js";
import { moment, number } from "./words.js";

/** A place that tells of the answers of others that this person's have replaced, in one job. */
export function replacedAnswers(app, job, signal) {
  const place = h("div", { class: "replaced" });
  const close = () => {
    fill(place);
    takeFocus(document.querySelector("h1"));
  };
  const tell = ({ detail: { job: of, row, label, replaced } }) => {
    if (of !== job) return;
    const before = `${replaced.by} had answered ‘${replaced.label}’ (${moment(replaced.at)})`;
    const sentence = `Row ${number(row)}: ${before}. Yours, ‘${label}’, stands now.`;
    fill(place, notice("note", sentence, h("button", { type: "button", onclick: close }, "OK")));
    place.closest(".review")?.scrollIntoView({ block: "start" }); // or it would lie above the row that is asked about
    speak(sentence);
  };
  app.outbox.addEventListener("replaced", tell, { signal });
  return place;
}
