// What each promise about the rows that nobody looks at costs.

import { h } from "./dom.js";
import { table } from "./parts.js";
import { counted, number, percent, rate } from "./words.js";

/** `promises` are the checks of an evaluation on so many held-out rows; null where there are none. */
export function promiseTable(promises, held) {
  if (!promises?.length) return null;
  const rows = promises.map(({ max_error: most, threshold, checked_rows: checked, checked_wrong: wrong }) => [
    rate(most),
    Number.isFinite(threshold) ? `${number(checked)} of ${number(held)} (${percent(checked / held, 1)})` : "not possible",
    Number.isFinite(threshold) && checked > 0 ? `${number(wrong)} of ${number(checked)}` : "–",
  ]);
  return h(
    "section",
    { class: "card", "aria-labelledby": "promises" },
    h("h2", { id: "promises" }, "What it can promise"),
    h(
      "p",
      {},
      "Of the rows that nobody looks at only so many are wrong. The fewer may be wrong, the more rows a person has to look at.",
    ),
    table(["At most wrong", "Texts that needed nobody", "Wrong among those"], rows),
    h("p", { class: "hint" }, `Tried on ${counted(held, "text")} that the model had never seen, each by what was found on the others. The full report has the same figures.`),
  );
}
