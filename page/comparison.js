// What changed between two models, and what people's answers had to do with it.

import { h } from "./dom.js";
import { counted, number, percent } from "./words.js";

const A_LITTLE = 3; // points of accuracy

/** The section that compares a model with the one before it; null when there was none. */
export function change(model, evaluation) {
  const before = evaluation.champion;
  const version = evaluation.champion_version || model.champion_version;
  if (!before || !version) return null;
  const ours = evaluation.challenger?.accuracy ?? model.accuracy;
  const difference = points(ours, before.accuracy);
  const now = new Set(evaluation.labels || []),
    then = new Set(evaluation.champion_labels || []);
  const added = [...now].filter((label) => !then.has(label)),
    lost = [...then].filter((label) => !now.has(label));
  return h(
    "section",
    { class: "card", "aria-labelledby": "change" },
    h("h2", { id: "change" }, `What changed against version ${version}`),
    h(
      "p",
      {},
      `On the same texts version ${version} is right on ${percent(before.accuracy, 1)}, this one on ${percent(ours, 1)}: `,
      h(
        "strong",
        {},
        difference ? `${Math.abs(difference).toFixed(1)} points ${difference > 0 ? "better" : "worse"}` : "no difference",
      ),
      ".",
      chance(evaluation.paired),
    ),
    added.length > 0 && h("p", {}, `New labels: ${added.join(", ")}.`),
    lost.length > 0 && h("p", {}, `Labels that are gone: ${lost.join(", ")}.`),
  );
}

/** The difference of two shares in per cent, of the figures as they are shown. */
const points = (one, other) => (Math.round(1000 * one) - Math.round(1000 * other)) / 10;

/** A model against the one before it in a sentence; "" when there was none. */
export function against(model, evaluation) {
  const before = evaluation.champion?.accuracy ?? model.champion_accuracy;
  const version = evaluation.champion_version || model.champion_version;
  const ours = evaluation.challenger?.accuracy ?? model.accuracy;
  if (!version || !Number.isFinite(before) || !Number.isFinite(ours)) return "";
  const difference = points(ours, before);
  const figures = `${percent(ours, 1)} of the same texts right against ${percent(before, 1)}`;
  if (!difference) return `It is as good as version ${version}: ${percent(ours, 1)} of the same texts right.`;
  const much = Math.abs(difference) < A_LITTLE ? "a little " : "";
  return `It is ${much}${difference > 0 ? "better" : "worse"} than version ${version}: ${figures}.`;
}

/** Whether two models differ by more than chance, by McNemar's exact test (1947). */
function chance(paired) {
  const { only_ours: ours, only_theirs: theirs } = paired || {};
  if (!Number.isFinite(ours) || !Number.isFinite(theirs)) return "";
  const rows = ours + theirs;
  if (!rows) return " They are right and wrong on the very same texts.";
  let logarithm = rows * Math.log(0.5); // of the chance of as few as `few` among them
  let share = 0;
  for (let few = 0; few <= Math.min(ours, theirs); few += 1) {
    share += Math.exp(logarithm);
    logarithm += Math.log((rows - few) / (few + 1));
  }
  const pairs = ` This one alone is right on ${number(ours)} of them, the other alone on ${number(theirs)}.`;
  return `${pairs} ${2 * share < 0.05 ? "That is more than chance." : "That may be chance."}`;
}

/** The section about people's answers: what it learned from them, and how it does on those that no model learns from; null without any. */
export function reviewed(model, evaluation) {
  const { corrected, fresh } = evaluation;
  const sentences = [...learned(corrected || {}), ...tested(fresh, evaluation.champion_version || model.champion_version)];
  if (!sentences.length) return null;
  return h(
    "section",
    { class: "card", "aria-labelledby": "reviewed" },
    h("h2", { id: "reviewed" }, "What your answers brought"),
    sentences.map((sentence) => h("p", {}, sentence)),
  );
}

function learned({ rows = 0, people = 0, wrong = {}, overruled = 0, fresh = 0 }) {
  const versions = Object.entries(wrong || {});
  const mistakes = versions.map(([version, count]) => `${version.replace(/^v/, "version ")} was wrong in ${number(count)}`);
  const by = people ? ` by ${people === 1 ? "1 person" : `${number(people)} people`}` : "";
  return [
    rows > 0 && `It learned from ${counted(rows, "answer")}${by}${mistakes.length ? `; ${mistakes.join(", ")} of them` : ""}.`,
    overruled > 0 && `In ${counted(overruled, "row")} of the training file a person's label took the place of the file's.`,
    fresh > 0 && `${counted(fresh, "answer")} more ${fresh === 1 ? "is" : "are"} kept for testing, and no model learns from that.`,
  ].filter(Boolean);
}

function tested(fresh, version) {
  const { challenger: ours, champion: theirs, paired } = fresh || {};
  if (!ours?.rows) return [];
  const before = theirs ? `, version ${version} on ${percent(theirs.accuracy)}` : "";
  const hard = theirs ? " Most of these are texts of which the version before was in doubt, so they are harder for it than others." : "";
  const right = `this one is right on ${percent(ours.accuracy)}${before}.${chance(paired)}`;
  return [`Tested on ${counted(ours.rows, "answer")} from which no model learns, ${right}${hard}`];
}
