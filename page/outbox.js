// Answers of a review on their way to the server. Each lies in localStorage until the server has it: a label for a row of a job, no text.

import { ApiError } from "./api.js";

const PREFIX = "answer/";
const FIRST_PAUSE = 2000,
  LONGEST_PAUSE = 60000; // milliseconds between tries

/** One entry for each job and row, so the last answer wins and two tabs never undo each other's. */
export class Outbox extends EventTarget {
  constructor(api, user) {
    super();
    this.api = api;
    this.prefix = `${PREFIX}${user}/`;
    this.pause = FIRST_PAUSE;
    this.timer = 0;
    this.sending = null;
    this.refused = [];
    this.problem = null; // why the last try failed
    addEventListener("online", () => this.hurry());
  }

  /** Answer a row; `label` null takes an answer back. */
  put(job, row, label) {
    localStorage.setItem(this.key(job, row), JSON.stringify({ job, row, label, number: Date.now() }));
    this.changed();
    this.hurry();
  }

  /** What waits of a job: labels (or null) by row. */
  of(job) {
    return new Map(
      this.entries()
        .filter((entry) => entry.job === job)
        .map(({ row, label }) => [row, label]),
    );
  }

  get size() {
    return this.keys().length;
  }

  /** Send now what waits, also when an earlier try is pausing. */
  hurry() {
    clearTimeout(this.timer);
    this.pause = FIRST_PAUSE;
    this.send();
  }

  stop() {
    clearTimeout(this.timer);
    this.isStopped = true;
  }

  send() {
    this.sending ||= this.sendAll().finally(() => (this.sending = null));
    return this.sending;
  }

  async sendAll() {
    for (let entry = this.entries()[0]; entry && !this.isStopped; entry = this.entries()[0]) {
      try {
        await (entry.label === null ? this.api.uncorrect(entry.job, entry.row) : this.api.correct(entry.job, entry.row, entry.label));
      } catch (error) {
        if (!(error instanceof ApiError) || error.status === 429 || error.status >= 500) {
          this.later(error);
          return;
        }
        if (entry.label !== null || error.status !== 404) this.refused.push({ ...entry, message: error.message }); // undone is undone
      }
      this.problem = null;
      this.remove(entry);
      this.pause = FIRST_PAUSE;
      this.changed();
    }
  }

  later(error) {
    if (this.isStopped) return;
    this.problem = error;
    this.changed();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), this.pause);
    this.pause = Math.min(2 * this.pause, LONGEST_PAUSE);
  }

  /** Take out what was sent, unless the person has answered anew meanwhile. */
  remove(entry) {
    const key = this.key(entry.job, entry.row);
    if (localStorage.getItem(key) === entry.raw) localStorage.removeItem(key);
  }

  key(job, row) {
    return `${this.prefix}${job}/${row}`;
  }

  keys() {
    return Object.keys(localStorage).filter((key) => key.startsWith(this.prefix));
  }

  entries() {
    const found = this.keys().map((key) => ({ ...JSON.parse(localStorage.getItem(key)), raw: localStorage.getItem(key) }));
    return found.sort((one, other) => one.number - other.number);
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }
}
