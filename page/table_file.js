// What a dropped file holds, found out in the browser before it is sent anywhere.

import { Records } from "./records.js";
import { plain, titleAbove } from "./titles.js";

const HEAD_BYTES = 256 * 1024;
const DELIMITERS = [",", ";", "\t", "|"];
const SNIFFED = 50; // records by which the delimiter is judged
const SHOWN = 6; // records that are kept: the header and five rows
const TITLE_CHARS = 1 << 16; // in which titles are looked for
const BLANK_LINES = /^\s*[\r\n]/;
const UTF8_MARK = [0xef, 0xbb, 0xbf];

/** The file is none that can be read; the message says what to do. */
export class UnreadableError extends Error {}

/**
 * Read a file's first part: {encoding, encodingName, delimiter, header, rows (the first ones), isGzip, headerRecords}.
 * `names` are those that columns have: {text, label}. Throws UnreadableError for what is no table.
 */
export async function readHead(file, names) {
  const start = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  const isGzip = start[0] === 0x1f && start[1] === 0x8b;
  if (start[0] === 0x50 && start[1] === 0x4b) {
    throw new UnreadableError("This is an Excel workbook or a zip file. In Excel choose 'Save as', then 'CSV UTF-8', and drop that file.");
  }
  const bytes = await firstBytes(file, isGzip);
  if (!bytes.length) throw new UnreadableError("This file is empty.");
  const encoding = encodingOf(bytes);
  const isCut = bytes.length >= HEAD_BYTES;
  const text = new TextDecoder(encoding).decode(bytes, { stream: isCut });
  if (!text.trim()) throw new UnreadableError("This file is empty.");
  if (isBinary(text)) throw new UnreadableError("This is no text file. Save the table as 'CSV UTF-8' and drop that file.");
  const blank = BLANK_LINES.exec(text)?.[0] ?? "";
  const named = /^"?sep=(.)"?[,;\t|]*(?=[\r\n])/i.exec(text.slice(blank.length));
  const below = text.slice(blank.length + (named?.[0].length ?? 0));
  const delimiters = named && DELIMITERS.includes(named[1]) ? [named[1]] : DELIMITERS;
  refuseTitle(titleAbove((blank + below).slice(0, TITLE_CHARS), delimiters, isCut || text.length > TITLE_CHARS, names));
  const sample = below.replace(BLANK_LINES, "");
  const delimiter = bestDelimiter(sample, delimiters, isCut);
  const records = new Records(delimiter, SHOWN + 1);
  records.push(sample);
  if (!isCut) records.end();
  const { kept } = records;
  const above = new Records(delimiter);
  above.push(text.slice(0, text.length - sample.length)); // lines of white space, and one that names the delimiter
  if (!kept.length) throw new UnreadableError("No row of this file ends. Is there a quotation mark too many in the first row?");
  const [header, ...rows] = kept;
  return {
    encoding,
    encodingName: nameOf(encoding),
    delimiter,
    header,
    rows: rows.slice(0, SHOWN - 1),
    isGzip,
    headerRecords: above.count + 1,
  };
}

/** Count the rows below the header: {rows, uneven: those of another width}; `told` hears the share of the file that is read. */
export async function countRows(file, head, told, signal) {
  const records = new Records(head.delimiter, 0, { above: head.headerRecords, width: head.header.length });
  let read = 0;
  const counting = new TransformStream({
    transform(chunk, controller) {
      read += chunk.byteLength;
      told(file.size ? read / file.size : 1);
      controller.enqueue(chunk);
    },
  });
  let stream = file.stream().pipeThrough(counting);
  if (head.isGzip) stream = stream.pipeThrough(new DecompressionStream("gzip"));
  const reader = stream.pipeThrough(new TextDecoderStream(head.encoding)).getReader();
  for (;;) {
    if (signal?.aborted) {
      await reader.cancel();
      throw new DOMException("left", "AbortError");
    }
    const { value, done } = await reader.read();
    if (done) break;
    records.push(value);
  }
  records.end();
  return { rows: Math.max(0, records.count - head.headerRecords), uneven: records.uneven };
}

/** The position of the column that holds the texts, and why: "name", "only" (no other is left), or "" (-1: a person must say it). */
export function guessTextColumn(header, names) {
  const known = new Set(names.text.map(plain));
  const found = header.flatMap((column, place) => (known.has(plain(column)) ? [place] : []));
  if (found.length === 1) return { place: found[0], why: "name" };
  if (header.length === 1) return { place: 0, why: "only" };
  return { place: -1, why: "" };
}

/** The position of the column that holds the labels; -1: a person must say it. */
export function guessLabelColumn(header, names, textPlace) {
  const known = new Set(names.label.map(plain));
  const found = header.flatMap((column, place) => (known.has(plain(column)) ? [place] : []));
  if (found.length === 1) return found[0];
  return !found.length && header.length === 2 && textPlace >= 0 ? 1 - textPlace : -1;
}

/** What people call a delimiter. */
export const delimiterName = (delimiter) => ({ ",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar" })[delimiter] || delimiter;

function refuseTitle(title) {
  if (!title) return;
  const what = title.isEmpty ? "holds no names" : "looks like a title";
  throw new UnreadableError(
    `Row ${title.first} ${what}, and the names of the columns seem to stand in row ${title.header}. Delete the lines above row` +
      ` ${title.header} and drop the file again. If it has one column whose texts hold commas or the like, put each text into` +
      " quotation marks, below the name 'text'.",
  );
}

async function firstBytes(file, isGzip) {
  if (!isGzip) return new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const parts = [];
  let length = 0;
  const reader = file.stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  try {
    while (length < HEAD_BYTES) {
      const { value, done } = await reader.read();
      if (done) break;
      parts.push(value);
      length += value.length;
    }
  } catch {
    throw new UnreadableError("This gzip file is damaged. Compress it again and drop that file.");
  }
  await reader.cancel();
  return new Uint8Array(await new Blob(parts).arrayBuffer()).slice(0, HEAD_BYTES);
}

function encodingOf(bytes) {
  if (UTF8_MARK.every((byte, place) => bytes[place] === byte)) return "utf-8";
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  const zeros = [0, 0];
  for (let i = 0; i < bytes.length; i += 1) if (bytes[i] === 0) zeros[i % 2] += 1;
  const half = bytes.length / 2;
  if (zeros[1] > half / 2 && zeros[0] < half / 10) return "utf-16le";
  if (zeros[0] > half / 2 && zeros[1] < half / 10) return "utf-16be";
  return isUtf8(bytes) ? "utf-8" : "windows-1252";
}

/** Whether more of the characters beyond ASCII are UTF-8 than are not. */
function isUtf8(bytes) {
  let good = 0,
    bad = 0;
  for (const char of new TextDecoder("utf-8").decode(bytes, { stream: true })) {
    if (char === "\ufffd") bad += 1;
    else if (char > "\u007f") good += 1;
  }
  return bad === 0 || good > bad;
}

function isBinary(text) {
  let controls = 0;
  for (const char of text.slice(0, 4096)) if (char < " " && !"\t\r\n\f".includes(char)) controls += 1;
  return controls > 0.05 * Math.min(text.length, 4096);
}

/** The delimiter that cuts the first records into equally many fields, two at least if it can be. */
function bestDelimiter(sample, delimiters, isCut) {
  let [best] = delimiters,
    bestScore = [0, 0, 0];
  for (const delimiter of delimiters) {
    const records = new Records(delimiter, SNIFFED);
    records.push(sample);
    if (!isCut) records.end();
    const widths = records.kept.map((fields) => fields.length);
    if (!widths.length) continue;
    const share = widths.filter((width) => width === widths[0]).length / widths.length;
    const score = [widths[0] > 1 ? 1 : 0, share, widths[0]];
    if (score.some((value, place) => value > bestScore[place] && score.slice(0, place).every((v, p) => v === bestScore[p]))) {
      [best, bestScore] = [delimiter, score];
    }
  }
  return best;
}

const nameOf = (encoding) => ({ "utf-8": "UTF-8", "utf-16le": "UTF-16", "utf-16be": "UTF-16", "windows-1252": "Windows-1252" })[encoding];
