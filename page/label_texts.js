// The texts that one person has before him: which is asked about, what was said of those before, what comes next.

/** Texts in the order in which the server gives them, without those whose answers still wait to be sent. */
export class LabelTexts {
  constructor(found, waiting) {
    this.answers = new Map(); // by text, what was said; null: nothing any more
    this.done = []; // for undo, the last one last
    this.open = [];
    for (const { id, text, label } of found.mine || []) this.remember({ id, text }, label);
    for (const [id, label] of waiting) this.answers.set(id, label);
    this.answered = (found.answered || 0) + [...waiting.values()].filter((label) => label !== null).length;
    this.add(found.texts || []);
  }

  /** The text that is asked about; null when there is none. */
  get now() {
    return this.open[0] || null;
  }

  /** Take more texts; returns how many were new. */
  add(texts) {
    const isKnown = ({ id }) => this.open.some((text) => text.id === id) || (this.answers.get(id) ?? null) !== null;
    const fresh = texts.filter((text) => !isKnown(text));
    this.open.push(...fresh);
    return fresh.length;
  }

  answer(label) {
    this.remember(this.open.shift(), label);
    this.answered += 1;
  }

  /** Back to the text that was answered last, which is asked about again; null when there is none. */
  undo() {
    const last = this.done.pop();
    if (!last) return null;
    this.answers.set(last.id, null);
    this.answered -= 1;
    this.open.unshift(last);
    return last;
  }

  remember(text, label) {
    this.answers.set(text.id, label);
    this.done = [...this.done.filter(({ id }) => id !== text.id), { ...text, before: label }];
  }
}
