// Figures, dates and states in plain words.

const NUMBER = new Intl.NumberFormat("en");
const DATE = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });

/** 12345 as "12,345"; what is no number as "–". */
export const number = (value) => (Number.isFinite(value) ? NUMBER.format(value) : "–");

/** 0.934 as "93 %", with one decimal where few per cent are told or asked for; all and nothing only where it is exactly so. */
export function percent(share, decimals = 0) {
  if (!Number.isFinite(share)) return "–";
  const [step, told] = [10 ** -decimals, (share * 100).toFixed(decimals)];
  if (share < 1 && Number(told) === 100) return `> ${(100 - step).toFixed(decimals)} %`;
  return share > 0 && Number(told) === 0 ? `< ${step.toFixed(decimals)} %` : `${told} %`;
}

/** "1 row", "2 rows". */
export const counted = (count, noun) => `${number(count)} ${noun}${count === 1 ? "" : "s"}`;

/** "a", "a and b", "a, b and c". */
export const listed = (names, joint) => (names.length > 1 ? `${names.slice(0, -1).join(", ")} ${joint} ${names.at(-1)}` : names.join(""));

/** A moment in ISO 8601 as people write it; what is none as "–". */
export function moment(text) {
  const date = new Date(text || NaN);
  return Number.isNaN(date.getTime()) ? "–" : DATE.format(date);
}

/** Bytes in the unit that suits them. */
export function size(bytes) {
  if (!Number.isFinite(bytes)) return "–";
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const amount = bytes / 1000 ** step;
  return `${step && amount < 10 ? amount.toFixed(1) : number(Math.round(amount))} ${step ? units[step] : bytes === 1 ? "byte" : "bytes"}`;
}

/** US dollars; little ones as "under 1 cent". */
export function dollars(usd) {
  if (!Number.isFinite(usd)) return "–";
  return usd > 0 && usd < 0.01 ? "under 1 cent" : `$${usd.toFixed(2)}`;
}

/** What a status of the ledger means: a word and a sentence. */
export function statusWords(status, kind) {
  const work = kind === "train" ? "The model is being trained" : "The rows are being classified";
  return (
    {
      received: ["Received", "The file has arrived and will be started in a moment."],
      waiting: ["Waiting", "It waits for a first model. It starts by itself as soon as there is one."],
      running: ["Working", `${work}. You may close this page; it goes on by itself.`],
      done: ["Done", kind === "train" ? "The training is over." : "The file is classified."],
      failed: ["Failed", "Something went wrong on our side."],
      refused: ["Refused", "The file could not be used as it is."],
    }[status] || [status || "Unknown", ""]
  );
}

/** A message of the kit without what it says of commands and their options: they are for people at a terminal. */
export function forPage(message) {
  const sentences = String(message || "")
    .replace(/ \((?:'kit [^']*'|--[a-z][^)]*)\)/g, "")
    .split(/(?<=[.!?]) /);
  return sentences.filter((sentence) => !/'(kit|python) |(^|[\s'])--[a-z]/.test(sentence)).join(" ");
}

/** Where a row of the results is in a spreadsheet, whose first one holds the names of the columns. */
export const sheetRow = (row) => `row ${number(row + 1)} in a spreadsheet`;

/** An error rate of a promise: 0.005 as "0.5 %". */
export const rate = (share) => (Number.isFinite(share) ? `${Number((100 * share).toFixed(1))} %` : "–");

/** The last part of a key: the file's own name. */
export const fileName = (key) =>
  String(key || "")
    .split("/")
    .pop() || "a file";

/** 95 % interval of a share (Wilson 1927): `right` of `rows`, each between 0 and 1. */
export function interval(share, rows) {
  if (!Number.isFinite(share) || !(rows > 0)) return null;
  const z = 1.96;
  const centre = (share + (z * z) / (2 * rows)) / (1 + (z * z) / rows);
  const half = (z / (1 + (z * z) / rows)) * Math.sqrt((share * (1 - share)) / rows + (z * z) / (4 * rows * rows));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/** The promise of a summary as a sentence; null where there is none. */
export function promiseWords(promise) {
  if (!promise) return null;
  const most = rate(promise.max_error);
  if (promise.is_kept === false) {
    return `The model cannot promise that at most ${most} are wrong, so a person has to look at every row.${instead(promise.possible)}`;
  }
  const share = Number.isFinite(promise.accepted_share) ? ` (${percent(promise.accepted_share)} of the file)` : "";
  const accepted = Number.isFinite(promise.accepted) ? `${counted(promise.accepted, "row")}${share}` : "Some rows";
  const sure = Number.isFinite(promise.confidence) ? ` We are ${percent(promise.confidence)} sure of that.` : "";
  const condition = "as long as the texts are like those that the model learned from";
  return `${accepted} need no review; at most ${most} of such rows are wrong, ${condition}.${sure}`;
}

/** What a person can do where a promise cannot be kept; `possible` are the error rates that the model can promise. */
function instead(possible) {
  if (!Array.isArray(possible)) return ""; // an older summary does not tell
  if (!possible.length) return " It can promise no other share either. Train a model on more labelled rows.";
  const rates = [...possible].sort((one, other) => one - other).map(rate);
  return ` It can promise at most ${listed(rates, "or")}: send the file once more and choose that, or train a model on more labelled rows.`;
}
