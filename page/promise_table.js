// What each promise about the rows that nobody looks at costs.

import { h } from "./dom.js";
import { table } from "./parts.js";
import { number, percent, rate } from "./words.js";

/** `promises` are the checks of an evaluation; null where there are none. */
export function promiseTable(promises) {
  if (!promises?.length) return null;
  const rows = promises.map(({ max_error: most, threshold, accepted_share: share, checked_rows: checked, checked_wrong: wrong }) => [
    rate(most),
    Number.isFinite(threshold) ? percent(share) : "not possible",
    checked > 0 ? `${number(wrong)} of ${number(checked)}` : "–",
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
    table(["At most wrong", "Rows that need nobody", "Wrong when tried"], rows),
    h("p", { class: "hint" }, "Tried on texts that the model had never seen, each with a threshold that was found without it."),
  );
}
