// What the frame says of answers that the server does not have.

import { fill, h } from "./dom.js";
import { OfflineError } from "./session.js";
import { counted } from "./words.js";

const MOST_NAMED = 3; // answers that are told one by one

/** Show at a place what waits, what the server failed at and what it refused; the place is hidden when there is nothing to say. */
export function showUnsent(place, outbox) {
  const told = outbox ? [waiting(outbox), named(outbox.stuck, failed), named(outbox.refused, (entry) => refused(outbox, entry))] : [];
  const news = h("div", {}, told);
  place.hidden = !news.childElementCount;
  if (place.textContent !== news.textContent) fill(place, ...news.children); // else the focus stays where it is
}

function waiting({ waiting: { length }, problem }) {
  if (!length || (navigator.onLine && !problem)) return null;
  const isAway = !navigator.onLine || problem instanceof OfflineError;
  const reason = isAway ? "sent when the network is back." : `tried again by itself. ${problem.message}`;
  return h("p", {}, `${counted(length, "answer")} not sent yet. Kept on this device; ${reason}`);
}

function named(entries, part) {
  const rest = entries.length - MOST_NAMED;
  return [entries.slice(0, MOST_NAMED).map(part), rest > 0 && h("p", {}, `The same with ${counted(rest, "more answer")}.`)];
}

const failed = (entry) =>
  h("p", {}, rowOf(entry), `: ${said(entry)} did not get through. ${entry.message} Kept on this device; tried again by itself.`);

function refused(outbox, entry) {
  const dismiss = () => {
    outbox.dismiss(entry.job, entry.row);
    document.querySelector("h1").focus();
  };
  return h(
    "p",
    {},
    rowOf(entry),
    `: ${said(entry)} was not accepted. ${entry.message} `,
    h("button", { type: "button", class: "quiet", "aria-label": entry.job.includes("/") ? `Dismiss the answer to a text of ${entry.job}` : `Dismiss the answer to row ${entry.row}`, onclick: dismiss }, "Dismiss"),
  );
}

function rowOf({ job, row }) {
  const isText = job.includes("/");
  const href = isText ? `#/label/${job}` : `#/review/${encodeURIComponent(job)}`;
  const again = () => location.hash === href && dispatchEvent(new Event("hashchange")); // a link to where one is does nothing
  return h("a", { href, onclick: again }, isText ? `A text of ${job}` : `Row ${row} of ${job}`);
}

const said = ({ label }) => (label === null ? "taking the answer back" : `the answer ‘${label || "I cannot tell"}’`);
