// The records of a delimited file, as it streams by: quoted fields may hold delimiters, quotes and line ends.

const OUTSIDE = 0,
  PLAIN = 1,
  QUOTED = 2,
  CLOSING = 3; // where in a field the next character falls

/**
 * Counts records and keeps the first `keep` of them, with their numbers; blank lines are none, but have a number, as in a
 * spreadsheet. Feed it with `push`, then call `end`. `uneven` counts those below the first `above` ones
 * that have another number of fields than `width`.
 */
export class Records {
  constructor(delimiter, keep = 0, { above = Infinity, width = 0 } = {}) {
    Object.assign(this, { delimiter, keep, above, width });
    this.kept = [];
    this.numbers = [];
    this.number = 1; // of the record that is being read
    this.isAfterReturn = false; // a carriage return was the last character, and ended a line
    this.count = this.uneven = 0;
    this.ended = 0; // fields of the record that is being read
    this.state = OUTSIDE;
    this.fields = [];
    this.field = "";
    this.isBlank = true;
  }

  push(text) {
    const { delimiter } = this;
    const isKept = () => this.kept.length < this.keep;
    let { state, isAfterReturn } = this;
    for (let i = 0; i < text.length; i += 1) {
      const char = text[i];
      const isSecond = char === "\n" && isAfterReturn; // of the two characters of one line end
      isAfterReturn = char === "\r" && state !== QUOTED;
      if (state === QUOTED) {
        if (char === '"') state = CLOSING;
        else if (isKept()) this.field += char;
        continue;
      }
      if (state === CLOSING && char === '"') {
        state = QUOTED; // two quotes within quotes are one
        if (isKept()) this.field += char;
      } else if (char === '"' && state === OUTSIDE) {
        state = QUOTED;
        this.isBlank = false;
      } else if (char === delimiter) {
        state = OUTSIDE;
        this.isBlank = false;
        this.endField();
      } else if (char === "\n" || char === "\r") {
        state = OUTSIDE;
        this.endRecord();
        if (!isSecond) this.number += 1;
      } else {
        state = PLAIN;
        this.isBlank = false;
        if (isKept()) this.field += char;
      }
    }
    this.state = state;
    this.isAfterReturn = isAfterReturn;
  }

  /** The last record may have no line end. */
  end() {
    this.endRecord();
    return this;
  }

  endField() {
    this.ended += 1;
    if (this.kept.length < this.keep) this.fields.push(this.field);
    this.field = "";
  }

  endRecord() {
    if (this.isBlank) return;
    this.endField();
    if (this.kept.length < this.keep) {
      this.kept.push(this.fields);
      this.numbers.push(this.number);
    }
    this.fields = [];
    this.count += 1;
    if (this.count > this.above && this.ended !== this.width) this.uneven += 1;
    this.ended = 0;
    this.isBlank = true;
  }
}
