// One doubtful row after the other: a key or a tap gives the label.

import { fill, h, s, speak } from "../dom.js";
import { key, keyHelp, pressedKey } from "../keys.js";
import { badge, facts, loaded, notice } from "../parts.js";
import { ReviewRows, choices, differs, hasKeysFor, meant } from "../review_rows.js";
import { counted, fileName, number, percent } from "../words.js";

const MOST_BUTTONS = 30; // of labels; where there are more, those that are not likely are typed
const LIKELY = 3; // labels that a row itself names, at most
const MOST_ALIKE = 5; // labels that are offered to who typed a part of them
const KINDS = {
  doubtful: "The model is not sure",
  disagrees: "The file says otherwise",
  "spot check": "Drawn at random",
};

export function showReview(app, main, { parameters: [job], signal }) {
  app.title("Review");
  const place = main.appendChild(h("div"));
  return loaded(app, place, async () => {
    const waiting = app.outbox.of(job); // before the request: what is sent meanwhile is in neither answer else
    const [found, file] = await Promise.all([app.api.review(job, signal), app.api.job(job, signal).catch(() => null)]);
    if (file) main.querySelector("h1").textContent = `Review: ${fileName(file.name)}`;
    const rows = found.rows || [];
    if (!rows.length) return notice("good", "No row of this file needs a person.", back(job, rows));
    const sitting = new Sitting(app, job, new ReviewRows(rows, waiting, app.outbox.history(job)), found);
    document.addEventListener("keydown", (event) => sitting.pressed(event), { signal });
    queueMicrotask(() => sitting.show());
    return sitting.place;
  });
}

class Sitting {
  constructor(app, job, rows, { labels = [], more = 0 }) {
    Object.assign(this, { app, job, rows, labels, more });
    this.place = h("div", { class: "review" });
    this.order = order(rows.rows);
    this.isFixed = hasKeysFor(labels); // and stays so when a new label comes
  }

  /** Show the present row, or that all is done; the focus goes there. */
  show(said = "") {
    const { now } = this.rows;
    fill(this.place, this.progress(), now && this.order, now ? this.card(now) : this.end(), now && back(this.job, this.rows.rows));
    const start = this.place.querySelector("[data-start]");
    start.focus();
    if (said) speak(said);
  }

  progress() {
    const { answered, rows } = this.rows;
    return h(
      "div",
      { class: "reviewed" },
      h("label", { for: "reviewed" }, `${number(answered)} of ${counted(rows.length, "row")} answered`),
      h("progress", { id: "reviewed", max: String(rows.length), value: answered }),
      this.last(),
    );
  }

  /** What was done last, and the way back. */
  last() {
    const { last } = this.rows;
    if (!last) return null;
    const said = `row ${number(last.row)}: ${last.label ?? "skipped"}`;
    return h("button", { type: "button", class: "quiet", onclick: () => this.undo() }, key("U"), "Undo ", h("span", { class: "hint" }, said));
  }

  card(row) {
    const given = this.rows.answers.get(row.row);
    this.offered = choices(row, this.labels, this.isFixed);
    return h(
      "article",
      { class: "card", tabindex: "-1", "data-start": true, "aria-labelledby": "row-name row-text" },
      h(
        "p",
        { class: "over" },
        h("span", { id: "row-name" }, `Row ${number(row.row)} of the results `),
        badge(KINDS[row.kind] || row.kind || "To look at", "plain"),
        row.review_reason && h("span", { class: "hint" }, ` ${row.review_reason}`),
      ),
      h("blockquote", { id: "row-text" }, row.text || "(no text)"),
      row.others?.length > 0 && facts(row.others),
      h(
        "p",
        { class: "said" },
        "The model says ",
        h("strong", {}, row.predicted_label),
        `, ${percent(row.confidence)} sure.`,
        differs(row) && [" The file says ", h("strong", {}, row.own_label), "."],
        given !== undefined && [" Your answer was ", h("strong", {}, given), "."],
      ),
      h(
        "div",
        { class: "actions" },
        h(
          "button",
          { type: "button", class: "primary", onclick: () => this.answer(row.predicted_label) },
          key("Enter"),
          h("span", {}, "Yes, ", row.predicted_label),
        ),
        h("button", { type: "button", onclick: () => this.skip() }, key("S"), "Skip"),
      ),
      h("h2", { id: "right" }, "Or which label is right?"),
      h(
        "ul",
        { class: "choices", "aria-labelledby": "right" },
        this.offered.slice(0, this.offered.length > MOST_BUTTONS ? LIKELY : MOST_BUTTONS).map((choice) => this.choice(choice)),
      ),
      this.other(),
      keyHelp("a number chooses, Enter agrees with the model, S skips, U undoes"),
    );
  }

  choice({ label, why, key: name }) {
    return h(
      "li",
      {},
      h(
        "button",
        { type: "button", "aria-keyshortcuts": name || null, onclick: () => this.answer(label) },
        name && key(name),
        h("span", {}, label),
        why && h("span", { class: "hint" }, why),
      ),
    );
  }

  /** A label by typing. What is none yet becomes one only when the person says so. */
  other() {
    const input = h("input", { id: "other", list: "labels", autocomplete: "off", maxlength: "200", placeholder: "Type a label" });
    const asked = h("div", { role: "alert" });
    const names = this.offered.map(({ label }) => label);
    const submit = (event) => {
      event.preventDefault();
      const typed = input.value.trim();
      const { same, alike } = meant(typed, names);
      if (!typed) {
        fill(asked, h("p", { class: "hint" }, "Type a label first."));
        input.focus();
      } else if (same) this.answer(same);
      else {
        fill(asked, this.question(typed, alike.slice(0, MOST_ALIKE)));
        asked.querySelector("button").focus();
      }
    };
    const hidden = names.length > MOST_BUTTONS;
    return h(
      "form",
      { class: "other", onsubmit: submit },
      h("label", { for: "other" }, hidden ? `Another of the ${number(names.length)} labels, or a new one` : "Or a new label"),
      h("div", { class: "inline" }, input, h("button", { type: "submit" }, "Use it")),
      asked,
      h(
        "datalist",
        { id: "labels" },
        names.map((label) => h("option", { value: label })),
      ),
    );
  }

  question(typed, alike) {
    const button = (label, isNew, ...text) => h("button", { type: "button", onclick: () => this.answer(label, isNew) }, h("span", {}, ...text));
    return [
      h("p", {}, `No label is called ‘${typed}’ yet.${alike.length ? " Did you mean another one?" : ""}`),
      h(
        "div",
        { class: "actions" },
        alike.map((label) => button(label, false, "I meant ", h("strong", {}, label))),
        button(typed, true, "Make ", h("strong", {}, typed), " a new label"),
      ),
    ];
  }

  end() {
    return h(
      "section",
      { class: "card", tabindex: "-1", "data-start": true, "aria-labelledby": "ended" },
      drawing(),
      h("h2", { id: "ended" }, "All rows of this list are answered"),
      h("p", {}, "Thank you. Your answers are kept, and the next model learns from them. With the file you can download its rows with the answers in them."),
      this.more > 0 &&
        h(
          "p",
          { class: "hint" },
          `${counted(this.more, "more row")} of this file needed a look, too, but taught less, and are not in the list.`,
        ),
      back(this.job, this.rows.rows),
    );
  }

  answer(label, isNew = false) {
    const { row } = this.rows.now;
    this.app.outbox.put(this.job, row, label);
    this.rows.answer(label);
    if (isNew) this.labels = [...this.labels, label];
    this.show(`Row ${row}: ${label}${isNew ? ", a new label" : ""}.`);
  }

  skip() {
    this.rows.skip();
    this.show("Skipped; it comes again at the end.");
  }

  undo() {
    const last = this.rows.undo();
    if (!last) return;
    if (!last.isSkip) this.app.outbox.put(this.job, last.row, last.before);
    this.show(`Undone: row ${last.row} again.`);
  }

  pressed(event) {
    const name = this.place.isConnected ? pressedKey(event) : "";
    const chosen = this.offered?.find((choice) => choice.key && choice.key === name);
    if (name === "u") this.undo();
    else if (!this.rows.now || event.repeat)
      return; // a key that is held down answers one row
    else if (name === "s") this.skip();
    else if (name === "enter" && !event.target.closest("button, a, input")) this.answer(this.rows.now.predicted_label);
    else if (chosen) this.answer(chosen.label);
    else return;
    event.preventDefault();
  }
}

/** Why there are more rows than the model doubts, in the order in which they come; null when it doubts them all. */
function order(rows) {
  const count = (kind) => rows.filter((row) => row.kind === kind).length;
  const [doubtful, contrary, drawn] = Object.keys(KINDS).map(count);
  if (doubtful === rows.length || !(contrary || drawn)) return null;
  const parts = [
    doubtful && `${counted(doubtful, "row")} of which the model is not sure`,
    contrary && `${number(contrary)} where the file has another category`,
    drawn && `${number(drawn)} drawn at random, which show how often the model is wrong where nobody looks${among(rows)}`,
  ];
  return h("p", { class: "hint" }, `They come in this order: ${parts.filter(Boolean).join("; ")}. You may stop at any time.`);
}

/** Of rows drawn at random, which keep their order, some may be of another category, too. */
function among(rows) {
  const others = rows.filter((row) => row.kind === "spot check" && differs(row)).length;
  return others ? `, among them ${number(others)} where the file has another category` : "";
}

const drawing = () =>
  s(
    "svg",
    { viewBox: "0 0 48 48", class: "done", "aria-hidden": "true" },
    s("circle", { cx: 24, cy: 24, r: 20 }),
    s("path", { d: "M15 25l6 6 12-13" }),
  );

function back(job, rows) {
  const id = encodeURIComponent(job);
  return h(
    "p",
    {},
    h("a", { href: `#/jobs/${id}` }, "Back to the file"),
    rows.some(differs) && [" · ", h("a", { href: `#/review/${id}/disagreements` }, "Where file and model differ")],
  );
}
