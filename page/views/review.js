// One doubtful row after the other: a key or a tap gives the label.

import { fill, h, s, speak } from "../dom.js";
import { key, keyHelp, pressedKey } from "../keys.js";
import { badge, facts, loaded, notice } from "../parts.js";
import { replacedAnswers } from "../replaced.js";
import { isAll, leftOutWords, orderWords, rowsOfKinds } from "../review_progress.js";
import { ReviewRows, areFew, choices, differs, meant, saidBefore } from "../review_rows.js";
import { counted, fileName, number, percent, sheetRow } from "../words.js";

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
    const done = app.outbox.history(job, saidBefore(rows, waiting, app.user.name));
    const sitting = new Sitting(app, job, new ReviewRows(rows, waiting, done), found, file, replacedAnswers(app, job, signal));
    document.addEventListener("keydown", (event) => sitting.pressed(event), { signal });
    queueMicrotask(() => sitting.show());
    return sitting.place;
  });
}

class Sitting {
  constructor(app, job, rows, { labels = [], more = 0 }, file, replaced) {
    Object.assign(this, { app, job, rows, labels, replaced });
    this.place = h("div", { class: "review" });
    const listed = counts(rows.rows);
    const { sure, textless = 0 } = file ? rowsOfKinds(file) : {};
    this.kinds = isAll(listed.drawn, listed.contrary, sure) ? { ...KINDS, "spot check": "The model is sure" } : KINDS;
    const words = [orderWords(listed, sure), leftOutWords(more, textless)].filter(Boolean);
    this.order = words.map((said) => h("p", { class: "hint" }, said));
    this.isFixed = areFew(labels); // and stays so when a new label comes
  }

  /** Show the present row, or that all is done; the focus goes there, and after an answer what is above it stays in sight, too. */
  show(said = "") {
    const { now } = this.rows;
    const card = now ? this.card(now) : this.end();
    fill(this.place, this.progress(), card, this.order, now && back(this.job, this.rows.rows));
    card.focus({ preventScroll: true });
    if (!said) return;
    this.place.scrollIntoView({ block: "start" });
    speak(said);
  }

  progress() {
    const { answered, rows } = this.rows;
    return h(
      "div",
      { class: "reviewed" },
      h("label", { for: "reviewed" }, `${number(answered)} of ${counted(rows.length, "row")} answered`),
      h("progress", { id: "reviewed", max: String(rows.length), value: answered }),
      this.last(),
      this.replaced,
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
      { class: "card", tabindex: "-1", "aria-labelledby": "row-name row-text" },
      h(
        "p",
        { class: "over" },
        h("span", { id: "row-name" }, `Row ${number(row.row)} of the results`),
        h("span", { class: "hint" }, ` (${sheetRow(row.row)}) `),
        badge(this.kinds[row.kind] || row.kind || "To look at", "plain"),
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
        h(
          "button",
          { type: "button", "aria-keyshortcuts": "S 0", onclick: () => this.skip() },
          key("S"),
          key("0"),
          "I cannot tell: skip it",
        ),
      ),
      h("h2", { id: "right" }, "Or which label is right?"),
      h(
        "ul",
        { class: "choices", "aria-labelledby": "right" },
        this.offered.slice(0, this.offered.length > MOST_BUTTONS ? LIKELY : MOST_BUTTONS).map((choice) => this.choice(choice)),
      ),
      this.other(),
      keyHelp("1 to 9 choose, Enter agrees with the model, S or 0 skips, U undoes"),
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
      { class: "card", tabindex: "-1", "aria-labelledby": "ended" },
      drawing(),
      h("h2", { id: "ended" }, "All rows of this list are answered"),
      h("p", {}, "Thank you. Your answers are kept, and the next model learns from them. With the file you can download its rows with the answers in them."),
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
    if (!last) {
      speak("There is nothing to undo.");
      return;
    }
    if (!last.isSkip) this.app.outbox.put(this.job, last.row, last.before);
    this.show(`Undone: row ${last.row} again.`);
  }

  pressed(event) {
    const name = this.place.isConnected ? pressedKey(event) : "";
    const chosen = this.offered?.find((choice) => choice.key && choice.key === name);
    if (name === "u") this.undo();
    else if (!this.rows.now || event.repeat)
      return; // a key that is held down answers one row
    else if (name === "s" || name === "0") this.skip();
    else if (name === "enter" && !event.target.closest("button, a, input")) this.answer(this.rows.now.predicted_label);
    else if (chosen) this.answer(chosen.label);
    else return;
    event.preventDefault();
  }
}

/** How many rows of which kind a list has. Rows drawn at random keep their order; some may be of another category, too. */
function counts(rows) {
  const [doubtful, contrary, drawn] = Object.keys(KINDS).map((kind) => rows.filter((row) => row.kind === kind));
  return { doubtful: doubtful.length, contrary: contrary.length, drawn: drawn.length, differing: drawn.filter(differs).length };
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
