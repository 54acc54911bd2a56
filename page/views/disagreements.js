// Where the file's own category and the model differ, the model's surest first.

import { fill, h, speak } from "../dom.js";
import { facts, loaded, notice } from "../parts.js";
import { replacedAnswers } from "../replaced.js";
import { differs } from "../review_rows.js";
import { counted, number, percent, sheetRow } from "../words.js";

export function showDisagreements(app, main, { parameters: [job], signal }) {
  app.title("Where file and model differ");
  const place = main.appendChild(h("div"));
  return loaded(app, place, async () => {
    const waiting = app.outbox.of(job); // before the request, as in a review
    const { rows = [], labels = [] } = await app.api.review(job, signal);
    const found = rows
      .filter(differs)
      .sort((one, other) => (other.confidence || 0) - (one.confidence || 0));
    const back = h("p", {}, h("a", { href: `#/review/${encodeURIComponent(job)}` }, "All rows to review"));
    if (!found.length)
      return notice("note", "This file has no category of its own, or it agrees with the model wherever the model is sure.", back);
    return [
      h(
        "p",
        { class: "lead" },
        `${counted(found.length, "row")} where the category in the file is another than the model's answer, the surest answer first.`,
      ),
      replacedAnswers(app, job, signal),
      h(
        "ol",
        { class: "cards ranked" },
        found.map((row) => item(app, job, row, labels, waiting)),
      ),
      back,
    ];
  });
}

function item(app, job, row, labels, waiting) {
  let given = waiting.has(row.row) ? waiting.get(row.row) : (row.correction?.label ?? null);
  const said = [row.own_label, row.predicted_label];
  const answer = h("div", { class: "actions" });
  const show = () => {
    const button = (label, text) =>
      h(
        "button",
        { type: "button", "aria-pressed": String(given === label), onclick: () => give(label) },
        h("span", {}, text),
        h("strong", {}, label),
      );
    fill(
      answer,
      button(row.own_label, "The file is right: "),
      button(row.predicted_label, "The model is right: "),
      given !== null && !said.includes(given) && h("span", {}, "Your answer: ", h("strong", {}, given)),
      third(row.row, labels.filter((label) => !said.includes(label)), give),
      given !== null && h("button", { type: "button", class: "quiet", onclick: () => give(null) }, "Undo"),
    );
  };
  const give = (label) => {
    given = label;
    app.outbox.put(job, row.row, label);
    show();
    (answer.querySelector("[aria-pressed=true]") || answer.querySelector(".quiet, button")).focus();
    speak(label === null ? `Row ${row.row}: undone.` : `Row ${row.row}: ${label}.`);
  };
  show();
  return h(
    "li",
    { class: "card" },
    h("h2", { class: "over" }, `Row ${number(row.row)} of the results (${sheetRow(row.row)})`),
    h("blockquote", {}, row.text || "(no text)"),
    row.others?.length > 0 && facts(row.others),
    h(
      "p",
      { class: "said" },
      "The file says ",
      h("strong", {}, row.own_label),
      ", the model ",
      h("strong", {}, row.predicted_label),
      `, ${percent(row.confidence)} sure.`,
    ),
    answer,
  );
}

/** The choice of another label: where neither file nor model is right. It is made when it is asked for, as there may be many of them. */
function third(row, labels, give) {
  if (!labels.length) return null;
  const place = h("div", { class: "inline" });
  const ask = () => {
    const select = h(
      "select",
      { id: `third-${row}`, "aria-label": `The right label of row ${number(row)}` },
      labels.map((label) => h("option", { value: label }, label)),
    );
    fill(place, select, h("button", { type: "button", onclick: () => give(select.value) }, "Use it"));
    select.focus();
  };
  return fill(place, h("button", { type: "button", onclick: ask }, "Another label …"));
}
