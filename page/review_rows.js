// The rows of one review: which are answered, which comes next, what was done last.

/** Rows in the order of the list, with the answers that the server has and those that still wait to be sent. */
export class ReviewRows {
  constructor(rows, waiting) {
    this.rows = rows;
    this.answers = new Map(rows.filter((row) => row.correction).map((row) => [row.row, row.correction.label]));
    for (const [row, label] of waiting) {
      if (label === null) this.answers.delete(row);
      else this.answers.set(row, label);
    }
    this.skipped = [];
    this.done = []; // in this sitting, for undo: {row, before}
    this.now = this.next();
  }

  get answered() {
    return this.rows.filter(({ row }) => this.answers.has(row)).length;
  }

  answer(label) {
    const { row } = this.now;
    this.done.push({ row: this.now, before: this.answers.get(row) ?? null });
    this.answers.set(row, label);
    this.now = this.next();
  }

  skip() {
    this.skipped.push(this.now.row);
    this.now = this.next();
  }

  /** Back to the row that was answered last, with the answer that it had before; null when there is none. */
  undo() {
    const last = this.done.pop();
    if (!last) return null;
    if (last.before === null) this.answers.delete(last.row.row);
    else this.answers.set(last.row.row, last.before);
    this.now = last.row;
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

/** The labels to choose from, the most likely first: [{label, why}]; then all others in their order. */
export function choices(row, labels) {
  const likely = [
    [row.predicted_label, "the model's answer"],
    [row.second_label, "its second choice"],
    [row.own_label, "in the file"],
  ].filter(([label]) => label);
  const found = new Map();
  for (const [label, why] of likely) found.set(label, found.has(label) ? `${found.get(label)}, ${why}` : why);
  for (const label of labels) if (!found.has(label)) found.set(label, "");
  return [...found].map(([label, why]) => ({ label, why }));
}
