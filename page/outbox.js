// Answers on their way to the server. Each lies in localStorage until the server has it: a label for a row of a job, no text. Of a
// labelling job, CLASSIFIER/NAME, a row is the digest of a text, and an empty label says that one cannot tell.

import { ApiError } from "./api.js";

const PREFIX = "answer/";
const FIRST_PAUSE = 2000,
  LONGEST_PAUSE = 60000; // milliseconds between tries
const MOST_FAILURES = 3; // one after the other, in one try: then it is the server, and it is left alone for a while

/**
 * One entry for each job and row, so the last answer wins and two tabs never undo each other's. Events: `change`, and `replaced` when an
 * answer took the place of another person's.
 */
export class Outbox extends EventTarget {
  constructor(api, user) {
    super();
    this.api = api;
    this.prefix = `${PREFIX}${user}/`;
    this.pause = FIRST_PAUSE;
    this.timer = 0;
    this.sending = null;
    this.failures = new Map(); // by entry as it is stored: {count, message} of the server's own failures
    this.problem = null; // why nothing at all could be sent at the last try
    this.histories = new Map(); // by job: what the person did with its rows, for undo
    addEventListener("online", () => this.hurry());
  }

  /** Answer a row; `label` null takes an answer back. What was refused of the row before is forgotten. */
  put(job, row, label) {
    localStorage.setItem(this.key(job, row), JSON.stringify({ job, row, label, number: Date.now() }));
    this.changed();
    this.hurry();
  }

  /** What the person did with a job's rows, the last thing last: a list to write to, which begins with what was done before. */
  history(job, before) {
    if (!this.histories.has(job)) this.histories.set(job, before);
    return this.histories.get(job);
  }

  /** What waits of a job: labels (or null) by row. Refused answers count as none: their rows have to be answered anew. */
  of(job) {
    return new Map(
      this.waiting
        .filter((entry) => entry.job === job)
        .map(({ row, label }) => [row, label]),
    );
  }

  /** What has to be sent: [{job, row, label}], those that failed least before, then the oldest first. */
  get waiting() {
    const failed = ({ raw }) => this.failures.get(raw)?.count || 0;
    return this.entries()
      .filter(({ refusal }) => !refusal)
      .sort((one, other) => failed(one) - failed(other));
  }

  /** What of it the server failed at: [{job, row, label, message}]. */
  get stuck() {
    return this.waiting
      .filter(({ raw }) => this.failures.has(raw))
      .map((entry) => ({ ...entry, message: this.failures.get(entry.raw).message }));
  }

  /** What the server does not take: [{job, row, label, message}]. */
  get refused() {
    return this.entries()
      .filter(({ refusal }) => refusal)
      .map((entry) => ({ ...entry, message: entry.refusal }));
  }

  /** Forget an answer that was refused. */
  dismiss(job, row) {
    for (const entry of this.refused) if (entry.job === job && entry.row === row) this.remove(entry);
    this.changed();
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

  /** One try of each: what fails lets the others pass. */
  async sendAll() {
    const tried = new Set();
    const next = () => this.waiting.find(({ raw }) => !tried.has(raw));
    for (let entry = next(), inRow = 0; entry && inRow < MOST_FAILURES && !this.isStopped; entry = next()) {
      tried.add(entry.raw);
      try {
        const said = await this.api.say(entry.job, entry.row, entry.label);
        this.taken(entry);
        if (said?.replaced) this.dispatchEvent(new CustomEvent("replaced", { detail: { ...entry, replaced: said.replaced } }));
        inRow = 0;
      } catch (error) {
        if (!(error instanceof ApiError) || error.status === 429) {
          this.problem = error;
          this.later();
          return;
        }
        if (error.status >= 500) {
          this.failures.set(entry.raw, { count: (this.failures.get(entry.raw)?.count || 0) + 1, message: error.message });
          inRow += 1;
        } else if (entry.label === null && error.status === 404) this.taken(entry); // undone is undone
        else this.refuse(entry, error.message);
      }
      this.problem = null;
      this.changed();
    }
    if (this.waiting.length) this.later();
  }

  later() {
    if (this.isStopped) return;
    this.changed();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), this.pause);
    this.pause = Math.min(2 * this.pause, LONGEST_PAUSE);
  }

  taken(entry) {
    this.remove(entry);
    this.pause = FIRST_PAUSE;
  }

  /** Keep what was refused with the reason, unless the person has answered anew meanwhile. */
  refuse({ raw, ...entry }, refusal) {
    const key = this.key(entry.job, entry.row);
    this.failures.delete(raw);
    if (localStorage.getItem(key) === raw) localStorage.setItem(key, JSON.stringify({ ...entry, refusal }));
  }

  /** Take an entry out, unless the person has answered anew meanwhile. */
  remove(entry) {
    const key = this.key(entry.job, entry.row);
    this.failures.delete(entry.raw);
    if (localStorage.getItem(key) === entry.raw) localStorage.removeItem(key);
  }

  key(job, row) {
    return `${this.prefix}${job}/${row}`;
  }

  /** All that is kept, the oldest first; `raw` is an entry as it is stored. */
  entries() {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(this.prefix));
    const found = keys.map((key) => ({ ...JSON.parse(localStorage.getItem(key)), raw: localStorage.getItem(key) }));
    return found.sort((one, other) => one.number - other.number);
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }
}
