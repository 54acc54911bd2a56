// The results of a file with what people said of its rows, in columns of its own: what the model said stays as it is.

import { h } from "./dom.js";
import { Records } from "./records.js";

export const MARK = "\ufeff"; // which spreadsheets know UTF-8 by, and browsers take away
const PREDICTED = /^predicted_label(_\d+)?$/; // numbered where the file had such a column already
const ADDED = ["final_label", "answered_by"];

/**
 * The text of a results table with two columns more: the label that stands, and who gave it where it is no longer the model's.
 * `answers` are {label, by} by row, from 1 for the first below the header. All else stays as it is, to the letter. Throws an Error
 * for what is no results table.
 */
export function withAnswers(text, answers) {
  const [header, ...rows] = records(text);
  const delimiter = /predicted_label(_\d+)?;/.test(header) ? ";" : ",";
  const names = fieldsOf(header.replace(MARK, ""), delimiter);
  const at = names.findLastIndex((name) => PREDICTED.test(name));
  if (at < 0) throw new Error("This is no file of results.");
  const written = rows.map((row, place) => {
    const answer = answers.get(place + 1);
    const told = answer ? [harmless(answer.label), harmless(answer.by || "somebody")] : [fieldsOf(row, delimiter)[at], ""];
    return widened(row, told, delimiter);
  });
  return [widened(header, addedColumns(names), delimiter), ...written].join("");
}

/** A record with more fields at its end. */
function widened(record, fields, delimiter) {
  return `${[record.replace(/\r?\n$/, ""), ...fields.map((field) => quoted(field, delimiter))].join(delimiter)}\r\n`;
}

/** Names for the added columns: their own, numbered where the table has such a column already, as the kit numbers its own. */
function addedColumns(names) {
  const taken = new Set(names);
  return ADDED.map((name) => {
    let candidate = name;
    for (let count = 2; taken.has(candidate); count += 1) candidate = `${name}_${count}`;
    taken.add(candidate);
    return candidate;
  });
}

/** What stands of the rows of a review: {label, by} by row; `waiting` are the person's own answers that are on their way. */
export function answersOf(rows, waiting, user) {
  const found = new Map(rows.filter((row) => row.correction).map(({ row, correction }) => [row, correction]));
  for (const [row, label] of waiting) {
    if (label === null) found.delete(row);
    else found.set(row, { label, by: user });
  }
  return found;
}

/** Let the browser save a text as a file. */
export function save(text, name) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Each record with its line end: what the kit writes has quotation marks around fields, and doubled ones within. */
function records(text) {
  const found = [];
  let start = 0,
    isQuoted = false;
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] === '"') isQuoted = !isQuoted;
    else if (text[i] === "\n" && !isQuoted) {
      found.push(text.slice(start, i + 1));
      start = i + 1;
    }
  }
  if (start < text.length) found.push(text.slice(start));
  return found;
}

function fieldsOf(record, delimiter) {
  const one = new Records(delimiter, 1);
  one.push(record);
  return one.end().kept[0];
}

/** A label that a spreadsheet would run as a formula, with an apostrophe before it, as the kit writes it. */
const harmless = (label) => (/^[=+\-@\t\r]/.test(label) && !/^[+-]\d+([.,]\d+)?$/.test(label) ? `'${label}` : label);

const quoted = (field, delimiter) => (field.includes(delimiter) || /["\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);
