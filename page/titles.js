// Lines above the names of the columns, as the server refuses them: contract/titles.py says by which marks they are known.

import { Records } from "./records.js";

const MAX_TITLES = 10; // lines above a header
const SAMPLED_ROWS = 60;
const LEAST_ROWS = 2; // below what may be a header whose names are not known
const PROSE = ",;"; // delimiters that stand in sentences, too
const MAX_NAME_CHARS = 40,
  MAX_NAME_WORDS = 5;
const UNPARTED = /[\u{e00}-\u{eff}\u{1000}-\u{109f}\u{1780}-\u{17ff}\u{3040}-\u{30ff}\u{3400}-\u{9fff}\u{20000}-\u{3ffff}]/u; // no spaces
const NAME_START = /^[\p{L}_#]/u;
const FIGURES = /^[\p{Nd}.,:/+\- ]*\p{Nd}[\p{Nd}.,:/+\- ]*$/u;

/** The name of a column as it is compared: case, and what parts its words, do not matter. */
export const plain = (column) =>
  column
    .normalize("NFC")
    .replace(/\p{Cf}/gu, "")
    .replace(/[\s_-]+/g, " ")
    .trim()
    .toLowerCase();

/** The numbers of the first row and of the header below it, {first, header, isEmpty}; null when the first row is the header. */
export function titleAbove(sample, delimiters, isCut, names) {
  const text = new Set(names.text.map(plain));
  const known = new Set([...names.text, ...names.label].map(plain));
  const tables = delimiters.map((delimiter) => [delimiter, rowsOf(sample, delimiter, isCut)]);
  if (!tables.every(([, rows]) => rows.length && rows[0].filled.length <= 1)) return null;
  for (const [delimiter, rows] of tables) {
    const header = headerBelow(rows, delimiter, text, known);
    if (header) return { first: rows[0].number, header: header.number, isEmpty: !rows[0].filled.length };
  }
  return null;
}

function rowsOf(sample, delimiter, isCut) {
  const records = new Records(delimiter, SAMPLED_ROWS + 1);
  records.push(sample);
  if (!isCut) records.end();
  const rows = records.kept.map((cells, at) => ({
    number: records.numbers[at],
    cells,
    filled: cells.map((cell) => cell.trim()).filter(Boolean),
    isProse: cells.some((cell) => cell !== cell.trim()),
  }));
  return rows.slice(0, SAMPLED_ROWS).filter(({ cells, filled }) => filled.length || (cells.length > 1 && delimiter.trim()));
}

function headerBelow(rows, delimiter, text, known) {
  const wide = rows.slice(0, MAX_TITLES + 1).flatMap((row, at) => (row.filled.length > 1 ? [at] : []));
  const isText = rows[0].filled.some((cell) => text.has(plain(cell)));
  const named = wide.find((at) => holdsKnownName(rows[at], rows.slice(at + 1), at === wide[0], isText, known));
  if (named !== undefined) return rows[named];
  if (!wide.length || (isText && rows[0].cells.length > 1)) return null;
  const row = rows[wide[0]];
  return readsLikeNames(row) && agrees(row, rows.slice(wide[0] + 1), delimiter, isText) ? row : null;
}

/** Whether a row is a header by one of its names. One beside white space may be a part of a text, as in 'Review, please'. */
function holdsKnownName(row, below, isFirst, isText, known) {
  if (!row.filled.some((cell) => known.has(plain(cell))) || row.filled.some(isFigure)) return false;
  const wideEnough = below.filter(({ cells }) => cells.length >= row.cells.length).length;
  if (row.isProse) return isFirst && !isText && wideEnough === below.length;
  return 2 * wideEnough > below.length || !(below.length || isText);
}

function readsLikeNames({ cells, filled }) {
  const areNames = filled.every(
    (cell) => NAME_START.test(cell) && [...cell].length <= MAX_NAME_CHARS && cell.split(/\s+/).length <= MAX_NAME_WORDS,
  );
  return areNames && new Set(filled.map((cell) => cell.toLowerCase())).size === cells.length;
}

/** Whether the rows below are as wide, and neither the marks of sentences nor of other scripts can have made them so. */
function agrees(row, below, delimiter, isText) {
  if (below.length < LEAST_ROWS || below.some(({ cells }) => cells.length !== row.cells.length)) return false;
  const isNumbered = row.cells.some((_, place) => below.every(({ cells }) => isFigure(cells[place])));
  if (isNumbered || !PROSE.includes(delimiter)) return true;
  return !isText && ![row, ...below].some(({ isProse, cells }) => isProse || cells.some((cell) => UNPARTED.test(cell)));
}

const isFigure = (cell) => FIGURES.test(cell.trim());
