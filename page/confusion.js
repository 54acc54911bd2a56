// Which labels a model takes for which, as a table that can be read without colours.

import { h } from "./dom.js";
import { counted, number, percent } from "./words.js";

const MOST_IN_TABLE = 12; // labels; of more the mistakes are listed instead
const SHADES = 6;
const MOST_LISTED = 20;

/** `confusions` is [[right label, answer, texts]], the right answers included; null where there is none. */
export function confusionTable(confusions, labels) {
  const cells = (confusions || []).filter((cell) => Array.isArray(cell) && cell.length >= 3);
  if (!cells.length) return null;
  const names = [...new Set([...labels, ...cells.flatMap(([right, answer]) => [right, answer])])];
  return h(
    "section",
    { class: "card", "aria-labelledby": "confused" },
    h("h2", { id: "confused" }, "What it takes for what"),
    names.length <= MOST_IN_TABLE ? matrix(cells, names) : null,
    mistakes(cells),
  );
}

function matrix(cells, names) {
  const counts = new Map(cells.map(([right, answer, count]) => [JSON.stringify([right, answer]), count]));
  const count = (right, answer) => counts.get(JSON.stringify([right, answer])) || 0;
  const reading = h("p", {}, "Each row is a right label, each column an answer; the figures count texts. Right answers have a frame. A wide table can be moved sideways.");
  const table = h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of right labels and answers" },
    h(
      "table",
      { class: "matrix" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, "Right label"),
          names.map((name) => h("th", { scope: "col" }, name)),
          h("th", { scope: "col" }, "Found"),
        ),
      ),
      h(
        "tbody",
        {},
        names.map((right) => {
          const total = names.reduce((sum, answer) => sum + count(right, answer), 0);
          return h(
            "tr",
            {},
            h("th", { scope: "row" }, right),
            names.map((answer) =>
              h(
                "td",
                { class: `shade-${shade(count(right, answer), total)}${right === answer ? " right" : ""}` },
                number(count(right, answer)),
              ),
            ),
            h("td", { class: "figure" }, total ? percent(count(right, right) / total) : "–"),
          );
        }),
      ),
    ),
  );
  return [reading, table];
}

function shade(count, total) {
  return count && total ? Math.max(1, Math.ceil((SHADES - 1) * (count / total))) : 0;
}

function mistakes(cells) {
  const wrong = cells.filter(([right, answer]) => right !== answer).sort((one, other) => other[2] - one[2]);
  if (!wrong.length) return h("p", {}, "It made no mistake on the texts held back.");
  return h(
    "details",
    {},
    h("summary", {}, "Its most frequent mistakes"),
    h(
      "ol",
      {},
      wrong
        .slice(0, MOST_LISTED)
        .map(([right, answer, count]) =>
          h("li", {}, h("strong", {}, right), " taken for ", h("strong", {}, answer), `: ${counted(count, "text")}`),
        ),
    ),
  );
}
