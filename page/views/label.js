// One text after the other: a key or a tap says what it is.

import { fill, h, speak } from "../dom.js";
import { key, keyHelp, pressedKey } from "../keys.js";
import { LabelTexts } from "../label_texts.js";
import { loaded, loading, notice, pause } from "../parts.js";
import { counted, number } from "../words.js";

const KEYS = 9; // labels with a number key
const CANNOT_TELL = ""; // as the API has it
const FEW = 4; // texts left, at which more are asked for
const ORDER_PAUSE = 20000; // milliseconds, in which the API orders the texts of a job once

/** Where a labelling job's texts are asked about; `path` is CLASSIFIER/NAME. */
export const labelAddress = (path) => `#/label/${path}`;

export function showLabel(app, main, { parameters: [path], signal }) {
  const name = path.split("/")[1];
  app.title(`Label: ${name}`);
  const place = main.appendChild(h("div"));
  return loaded(app, place, async () => {
    const waiting = app.outbox.of(path); // before the request: what is sent meanwhile is in neither answer else
    const job = await app.api.labelling(path, signal);
    if (job.status !== "open") return notice("good", "This labelling job is finished. Thank you.", links(path));
    const found = await app.api.textsToLabel(path, signal);
    const sitting = new Sitting(app, path, job, new LabelTexts(found, waiting), found.open || 0, signal);
    document.addEventListener("keydown", (event) => sitting.pressed(event), { signal });
    if (found.is_order_due) order(app, path, signal);
    queueMicrotask(() => sitting.show());
    return sitting.place;
  });
}

/** Let the model in use order the texts, some at each request; when it cannot, labelling goes on as it was. */
async function order(app, path, signal) {
  try {
    for (let before = Infinity; ; ) {
      const { left = 0 } = await app.api.orderTexts(path, signal);
      if (!left || left >= before) return;
      before = left;
      await pause(ORDER_PAUSE, signal);
    }
  } catch {
    // the next one who labels asks again
  }
}

class Sitting {
  constructor(app, path, { labels = [], answers_wanted: wanted = 1, texts: total = 0 }, texts, left, signal) {
    Object.assign(this, { app, path, labels, wanted, total, texts, left, signal });
    this.place = h("div", { class: "review" });
    this.fetching = null;
  }

  /** Show the present text, or that there is none; the focus goes there. */
  show(said = "") {
    const { now } = this.texts;
    const card = now ? [this.card(now), links(this.path)] : this.fetching ? loading("Looking for more texts …") : this.end();
    fill(this.place, this.progress(), card);
    this.place.querySelector("[data-start]")?.focus();
    if (said) speak(said);
  }

  progress() {
    return h(
      "div",
      { class: "reviewed" },
      h("label", { for: "labelled" }, `${number(this.texts.answered)} of ${counted(this.total, "text")} answered by you`),
      h("progress", { id: "labelled", max: String(this.total || 1), value: this.texts.answered }),
      this.texts.done.length > 0 && h("button", { type: "button", class: "quiet", onclick: () => this.undo() }, key("U"), "Undo"),
    );
  }

  card({ id, text }) {
    const given = this.before?.id === id ? this.before.before : undefined;
    return h(
      "article",
      { class: "card", tabindex: "-1", "data-start": true, "aria-labelledby": "asked label-text" },
      h("h2", { id: "asked" }, "Which label is right?"),
      h("blockquote", { id: "label-text" }, text || "(no text)"),
      given !== undefined && h("p", { class: "said" }, "Your answer was ", h("strong", {}, given || "I cannot tell"), "."),
      h(
        "ul",
        { class: "choices", "aria-labelledby": "asked" },
        this.labels.map((label, place) => this.choice(label, place)),
      ),
      h(
        "div",
        { class: "actions" },
        h(
          "button",
          { type: "button", "aria-keyshortcuts": "0", onclick: () => this.answer(CANNOT_TELL) },
          key("0"),
          h("span", {}, "I cannot tell"),
        ),
      ),
      keyHelp("a number chooses, 0 says that you cannot tell, U undoes"),
    );
  }

  choice({ label, guidance }, place) {
    const shortcut = place < KEYS ? String(place + 1) : null;
    return h(
      "li",
      {},
      h(
        "button",
        { type: "button", "aria-keyshortcuts": shortcut, onclick: () => this.answer(label) },
        shortcut && key(shortcut),
        h("span", {}, label),
        guidance && h("span", { class: "hint" }, guidance),
      ),
    );
  }

  end() {
    const isAllMine = this.total > 0 && this.texts.answered >= this.total;
    const others = this.left > 0 && !(isAllMine && this.wanted === 1);
    return h(
      "section",
      { class: "card", tabindex: "-1", "data-start": true, "aria-labelledby": "ended" },
      h("h2", { id: "ended" }, others ? "Nothing more for you at the moment" : "Every text has its answers"),
      h(
        "p",
        {},
        !others && "Thank you. An owner finishes the job, and a model learns from the labels.",
        others && isAllMine && `You have answered every text. ${counted(this.left, "text")} still ${this.left === 1 ? "waits" : "wait"} for somebody else’s answer: each wants ${number(this.wanted)}.`,
        others && !isAllMine && "You have answered what you were given. The remaining texts wait for others: for those who have them before them, or for a further answer beside yours.",
      ),
      others && h("div", { class: "actions" }, h("button", { type: "button", onclick: () => this.more(true) }, "Look again")),
      links(this.path),
    );
  }

  answer(label) {
    const { id } = this.texts.now;
    this.app.outbox.put(this.path, id, label);
    this.texts.answer(label);
    this.before = null;
    if (this.texts.open.length < FEW) this.more();
    this.show(`${label || "I cannot tell"}.`);
  }

  undo() {
    const last = this.texts.undo();
    if (!last) {
      speak("There is nothing to undo.");
      return;
    }
    this.before = last;
    this.app.outbox.put(this.path, last.id, null);
    this.show("Undone: the same text again.");
  }

  /** Ask for more texts while there are some; without a network those that are here go on. */
  async more(isAsked = false) {
    if (this.fetching) return;
    this.fetching = this.fetch();
    if (isAsked) this.show();
    try {
      await this.fetching;
    } catch (error) {
      if (!this.texts.now) this.app.tell(error, this.place, () => this.more(true));
      return;
    } finally {
      this.fetching = null;
    }
    if (!this.signal.aborted && this.place.querySelector(".loading")) this.show();
  }

  async fetch() {
    await this.app.outbox.sending; // what is under way would come again
    const found = await this.app.api.textsToLabel(this.path, this.signal);
    this.left = found.open || 0; // for all: others answer meanwhile
    this.texts.add(found.texts || []);
  }

  pressed(event) {
    const name = this.place.isConnected ? pressedKey(event) : "";
    if (name === "u") this.undo();
    else if (!this.texts.now || event.repeat) return;
    else if (name === "0") this.answer(CANNOT_TELL);
    else if (/^[1-9]$/.test(name) && this.labels[name - 1]) this.answer(this.labels[name - 1].label);
    else return;
    event.preventDefault();
  }
}

const links = (path) =>
  h("p", {}, h("a", { href: `#/label/${path}/job` }, "About this job"), " · ", h("a", { href: "#/label" }, "All labelling jobs"));
