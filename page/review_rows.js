// The rows of one review: which are answered, which comes next, what was done last.

const KEYS = "123456789"; // of labels; 0 says here and in labelling that one cannot tell
const MOST_FIXED = 10;

/** Whether so few labels can have the same places in every row. */
export const areFew = (labels) => labels.length <= MOST_FIXED;

/** What a person said in earlier looks, as `done` below; `waiting` are the person's answers that are on their way. */
export function saidBefore(rows, waiting, user) {
  const sent = rows
    .filter(({ row, correction }) => correction && correction.by === user && !waiting.has(row))
    .sort((one, other) => (one.correction.at < other.correction.at ? -1 : 1));
  const late = rows.filter(({ row }) => (waiting.get(row) ?? null) !== null);
  return [
    ...sent.map(({ row }) => ({ row, before: null })),
    ...late.map(({ row, correction }) => ({ row, before: correction?.label ?? null })),
  ];
}

/**
 * Rows in the order of the list, with the answers that the server has and those that still wait to be sent. `done` is what this
 * person did with them, the last thing last: [{row, before}], or [{row, isSkip}]; it is written to, so that undo goes on in a later look.
 */
export class ReviewRows {
  constructor(rows, waiting, done) {
    this.rows = rows;
    this.answers = new Map(rows.filter((row) => row.correction).map((row) => [row.row, row.correction.label]));
    for (const [row, label] of waiting) {
      if (label === null) this.answers.delete(row);
      else this.answers.set(row, label);
    }
    this.skipped = [];
    this.done = done;
    this.now = this.next();
  }

  get answered() {
    return this.rows.filter(({ row }) => this.answers.has(row)).length;
  }

  /** What was done last: a row's number and the label that stands, null for one that was skipped; null when there is nothing. */
  get last() {
    const last = this.done.at(-1);
    return last ? { row: last.row, label: last.isSkip ? null : (this.answers.get(last.row) ?? null) } : null;
  }

  answer(label) {
    const { row } = this.now;
    this.done.push({ row, before: this.answers.get(row) ?? null });
    this.answers.set(row, label);
    this.now = this.next();
  }

  skip() {
    const { row } = this.now;
    this.done.push({ row, isSkip: true });
    this.skipped.push(row);
    this.now = this.next();
  }

  /** Back to what was done last, with the answer that the row had before; null when there is nothing. */
  undo() {
    const last = this.done.pop();
    if (!last) return null;
    const { row, isSkip, before } = last;
    if (isSkip) this.skipped = this.skipped.filter((skipped) => skipped !== row);
    else if (before === null) this.answers.delete(row);
    else this.answers.set(row, before);
    this.now = this.rows.find((each) => each.row === row);
    return last;
  }

  /** The first row that is neither answered nor skipped, then the skipped ones in their order; null at the end. */
  next() {
    const open = this.rows.filter(({ row }) => !this.answers.has(row));
    const fresh = open.find(({ row }) => !this.skipped.includes(row));
    if (fresh) return fresh;
    const again = this.skipped.find((row) => !this.answers.has(row));
    this.skipped = this.skipped.filter((row) => row !== again);
    return open.find(({ row }) => row === again) || null;
  }
}

/** Whether the file has another category for a row than the model. */
export const differs = (row) => Boolean(row.own_label) && row.own_label !== row.predicted_label;

/**
 * The labels to choose from: [{label, why, key}]. Where they are fixed, every label has its place and its key in every row; else
 * the likely ones come first, and they alone have keys: 1 is always the model's answer.
 */
export function choices(row, labels, isFixed) {
  const why = new Map();
  for (const [label, reason] of [
    [row.predicted_label, "the model's answer"],
    [row.second_label, "its second choice"],
    [row.own_label, "in the file"],
  ])
    if (label) why.set(label, why.has(label) ? `${why.get(label)}, ${reason}` : reason);
  const all = [...new Set([...labels, ...why.keys()])];
  const likely = [...why.keys()];
  const ordered = isFixed ? all : [...likely, ...all.filter((label) => !why.has(label))];
  const keys = isFixed ? KEYS : KEYS.slice(0, likely.length);
  return ordered.map((label, place) => ({ label, why: why.get(label) ?? "", key: keys[place] ?? "" }));
}

/** What somebody who typed this may mean: {same: the very label, or undefined; alike: those that hold it, those that begin with it first}. */
export function meant(typed, labels) {
  const plain = (label) => label.trim().toLowerCase();
  const sought = plain(typed);
  const alike = labels.filter((label) => plain(label).includes(sought));
  const first = (label) => (plain(label).startsWith(sought) ? 0 : 1);
  return { same: labels.find((label) => plain(label) === sought), alike: alike.sort((one, other) => first(one) - first(other)) };
}
