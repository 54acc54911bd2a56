// What is asked of a person before a file is sent: what for, and which columns hold what.

import { fill, h } from "../dom.js";
import { facts, notice } from "../parts.js";
import { wishFor } from "../sent_again.js";
import { delimiterName, guessLabelColumn } from "../table_file.js";
import { number, size } from "../words.js";

const ONE_COLUMN = "This file has one column only, so it holds no labels to train on.";
const SAMPLE_CHARS = 160; // of a text shown of the file

/** `found` are places for what is counted meanwhile; `send` hears what is asked for. */
export function fileForm(app, file, head, guess, found, send, signal) {
  const wish = wishFor(file.name);
  const wished = wish.column ? head.header.indexOf(wish.column) : -1;
  const text = columnField(head, "column", "Column with the texts", wished < 0 ? guess.place : wished, wished < 0 ? columnHint(head, guess) : "As you chose before.");
  const sample = h("div", { class: "sample" });
  const own = h("p", { class: "hint" });
  const show = () => {
    fill(sample, text.chosen >= 0 && samples(head, text.chosen));
    fill(own, ownCategory(head, app.contract, text.chosen));
  };
  text.select.addEventListener("change", show);
  show();
  const labelGuess = guessLabelColumn(head.header, app.contract, guess.place);
  const label = columnField(head, "label-column", "Column with the labels", labelGuess, "The new model learns to give these.");
  const explain = h("input", { id: "explain", type: "checkbox" });
  const isFirst = app.user.is_owner && !app.classifier?.current && labelGuess >= 0; // there is nothing else to do with it yet
  const purpose = h(
    "select",
    { id: "purpose" },
    h("option", { value: "predict" }, "Classify its rows"),
    h("option", { value: "train", selected: isFirst }, "Train a new model on it"),
  );
  const explainField = h(
    "div",
    { class: "check" },
    explain,
    h("label", { for: "explain" }, "Add the words that spoke for each label (takes longer)"),
  );
  const promise = promiseField(app, wish.most, signal);
  const button = h("button", { type: "submit", class: "primary" }, "Send and classify");
  const problem = h("div", { role: "alert" });
  const waiting = notice("note", "There is no model yet: a file to classify waits until there is one, and then goes on by itself.");
  const turn = () => {
    const isTraining = purpose.value === "train";
    explainField.hidden = promise.field.hidden = own.hidden = isTraining;
    label.field.hidden = !isTraining;
    label.select.disabled = !isTraining; // or it would be demanded unseen
    waiting.hidden = isTraining || Boolean(app.classifier?.current);
    button.textContent = isTraining ? "Send and train" : "Send and classify";
    button.disabled = isTraining && head.header.length < 2;
    fill(problem, button.disabled && notice("bad", ONE_COLUMN, h("p", {}, h("a", { href: "#/label/new" }, "Let people label its texts"))));
  };
  purpose.addEventListener("change", turn);
  turn();
  const submit = (event) => {
    event.preventDefault();
    const unchosen = [text, label].find(({ select, chosen }) => !select.disabled && chosen < 0);
    if (unchosen) {
      fill(problem, notice("bad", `Choose the ${unchosen.name.toLowerCase()} first.`));
      unchosen.select.focus();
      return;
    }
    const text_column = head.header[text.chosen] || "";
    if (purpose.value === "predict") {
      send({ to: "predict", text_column, explain: explain.checked, max_error: promise.select.value });
    } else if (label.chosen === text.chosen) {
      fill(problem, notice("bad", "A training needs one column with the texts and another one with the label of each."));
    } else send({ to: "train", text_column, label_column: head.header[label.chosen] || "" });
  };
  return h(
    "form",
    { class: "card", novalidate: true, onsubmit: submit },
    h("h2", {}, file.name),
    facts([
      ["Size", size(file.size)],
      ["Rows", found.rows],
      ["Columns", number(head.header.length)],
      ["Encoding", head.encodingName + (head.isGzip ? ", compressed (gzip)" : "")],
      ["Separated by", delimiterName(head.delimiter)],
    ]),
    found.broken,
    app.user.is_owner && h("div", { class: "field" }, h("label", { for: "purpose" }, "What shall be done with it"), purpose),
    text.field,
    sample,
    own,
    label.field,
    waiting,
    promise.field,
    explainField,
    problem,
    h("div", { class: "actions" }, button),
  );
}

/** The choice of a column: {name, field, select, chosen (its position, -1 for none)}; `guess` is the position chosen at first. */
function columnField(head, id, name, guess, said) {
  const options = head.header.map((column, place) =>
    h("option", { value: String(place), selected: place === guess }, column || `(column ${place + 1})`),
  );
  const hint = h("p", { class: "hint", id: `${id}-hint` }, said);
  const select = h(
    "select",
    { id, required: true, "aria-describedby": hint.id, onchange: () => fill(hint, "You chose this column.") },
    guess < 0 && h("option", { value: "" }, "Choose the column …"),
    options,
  );
  return {
    name,
    field: h("div", { class: "field" }, h("label", { for: id }, name), select, hint),
    select,
    get chosen() {
      return select.value === "" ? -1 : Number(select.value);
    },
  };
}

/** Which column is taken for the file's own category, which results are compared with; "" when none is. */
function ownCategory(head, names, textPlace) {
  const place = guessLabelColumn(head.header, names, -1);
  if (place < 0 || place === textPlace) return "";
  return `The column ‘${head.header[place]}’ is taken for the file’s own category: you are shown the rows where the model says otherwise.`;
}

/** The choice of what is promised, the wished one at first; what the model in use cannot promise cannot be chosen once that is known. */
function promiseField(app, wished, signal) {
  const { max_errors: rates, usual_max_error: usual } = app.contract;
  const select = h(
    "select",
    { id: "promise", "aria-describedby": "promise-hint promise-doubt" },
    h("option", { value: "" }, usual ? `As usual: at most ${usual} %` : "As usual"),
    rates.map((most) => h("option", { value: most, selected: most === wished }, `At most ${most} %`)),
  );
  const hint = "Counted among the rows that nobody looks at. The fewer may slip through, the more rows ask for a person.";
  const place = h("div", { id: "promise-doubt", role: "status" });
  const { name, current } = app.classifier || {};
  if (current) app.api.model(name, current.version, signal).then(({ evaluation }) => doubt(select, usual, place, evaluation), () => null);
  return {
    field: h(
      "div",
      { class: "field" },
      h("label", { for: "promise" }, "How many mistakes may slip through?"),
      select,
      h("p", { class: "hint", id: "promise-hint" }, hint),
      place,
    ),
    select,
  };
}

function doubt(select, usual, place, evaluation) {
  const impossible = (evaluation?.promises || []).filter(({ threshold }) => !Number.isFinite(threshold)).map(({ max_error: share }) => share);
  const isImpossible = (most) => impossible.some((share) => Math.abs(Number(most) / 100 - share) < 1e-9);
  for (const option of select.options) {
    if (!isImpossible(option.value || usual || Infinity)) continue;
    option.textContent += " (the present model cannot promise that)";
    option.disabled = option.value !== ""; // the usual one is what a file gets that asks for nothing
  }
  if (select.selectedOptions[0]?.disabled) select.value = "";
  const tell = () => {
    const isDoubtful = select.value === "" && isImpossible(usual || Infinity);
    fill(place, isDoubtful && notice("note", "The present model cannot promise that, so a person would have to look at every row. Choose more, if there is more to choose."));
  };
  select.addEventListener("change", tell);
  tell();
}

/** How the column with the texts was found. */
export function columnHint(head, guess) {
  if (guess.why === "name") return `Recognised by its name, ‘${head.header[guess.place]}’.`;
  if (guess.why === "only") return "It is the only column.";
  return "Which column holds the texts cannot be told by the names. Please choose it.";
}

function samples(head, position) {
  const texts = head.rows
    .map((row) => row[position])
    .filter((text) => text?.trim())
    .slice(0, 3);
  return [
    h("h3", {}, "The first texts in it"),
    texts.length
      ? h(
          "ol",
          {},
          texts.map((text) => h("li", {}, text.length > SAMPLE_CHARS ? `${text.slice(0, SAMPLE_CHARS)} …` : text)),
        )
      : h("p", { class: "hint" }, "This column is empty in the first rows. Is it the right one?"),
  ];
}
