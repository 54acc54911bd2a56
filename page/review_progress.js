// How many rows of a file need a person, how many of them have an answer, and which of them no list shows.

import { counted, number } from "./words.js";

/** Counts of a job's rows: {sure, doubtful, textless}; no label fits what has no text, so nobody is asked about it. */
export function rowsOfKinds({ summary, observed, ...job }) {
  const told = { ...job, ...summary };
  const rows = told.rows_out ?? (told.rows ?? told.rows_in) - (told.rows_rejected ?? 0); // NaN before anybody has counted
  const review = told.rows_to_review ?? 0;
  const textless = told.labels?.[""] ?? 0;
  return { sure: rows - review, doubtful: review - textless, textless };
}

/** How far the rows that need a person are; of a job of the list, which tells no answers, how many they are. */
export function progressWords(job) {
  const { doubtful } = rowsOfKinds(job);
  const answered = job.observed?.answered;
  if (!doubtful) return "no row needs a person";
  if (!answered) return needing(doubtful);
  return `${number(Math.min(answered, doubtful))} of ${counted(doubtful, "row")} that ${needs(doubtful)} a person answered`;
}

const needs = (rows) => (rows === 1 ? "needs" : "need");
const needing = (rows) => `${counted(rows, "row")} ${needs(rows)} a person`;

/**
 * Why there are more rows in a list than the model doubts, in the order in which they come; "" when it doubts them all. `listed` are
 * counts of the list's rows, {doubtful, contrary, drawn, differing (of those drawn)}; `sure` counts the file's rows that need no review.
 */
export function orderWords({ doubtful, contrary, drawn, differing }, sure) {
  if (!contrary && !drawn) return "";
  const others = differing ? `, among them ${number(differing)} where the file has another category` : "";
  const parts = [
    doubtful && `${counted(doubtful, "row")} of which the model is not sure`,
    contrary && `${number(contrary)} where the file has another category`,
    drawn && `${drawnWords(drawn, contrary, sure)}, which show how often the model is wrong where nobody looks${others}`,
  ];
  return `They come in this order: ${parts.filter(Boolean).join("; ")}. You may stop at any time.`;
}

function drawnWords(drawn, contrary, sure) {
  if (isAll(drawn, contrary, sure)) return `${counted(drawn, "row")} of which it is sure${contrary ? "" : ": all others of the file"}`;
  return `${number(drawn)} drawn at random${Number.isFinite(sure) ? ` from the ${number(sure)} of which it is sure` : ""}`;
}

/** Whether nothing was drawn, for the rows of which the model is sure are all in the list. */
export const isAll = (drawn, contrary, sure) => Number.isFinite(sure) && drawn + contrary >= sure;

/** Which rows that need a person are not in the list, and why; "" when all are. `more` counts them. */
export function leftOutWords(more, textless) {
  const others = more - textless;
  const parts = [
    textless > 0 && `${counted(textless, "row")} without text, which no label fits`,
    others > 0 && `${counted(others, "row")} of which the model is not sure either, but which teach less: of equal texts one is enough`,
  ].filter(Boolean);
  return parts.length ? `Not in this list: ${parts.join("; ")}.` : "";
}
