// Curves as drawings, each with its text and its figures in a table.

import { h, s } from "./dom.js";
import { table } from "./parts.js";
import { number, percent } from "./words.js";

const WIDTH = 420,
  HEIGHT = 300,
  LEFT = 88,
  RIGHT = 22,
  TOP = 12,
  BOTTOM = 44;
const x = (share) => LEFT + share * (WIDTH - LEFT - RIGHT);
const y = (share) => HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
const MOST_ROWS = 12; // of a table beside a curve

/** How often answers of a confidence are right: [{rows, confidence, right}]. */
export function reliabilityChart(bins) {
  const found = (bins || []).filter(({ rows }) => rows > 0);
  if (!found.length) return null;
  const points = found.map(({ confidence, right, rows }) => [confidence, right / rows]);
  const error =
    found.reduce((sum, { confidence, right, rows }) => sum + Math.abs(right - confidence * rows), 0) /
    found.reduce((sum, { rows }) => sum + rows, 0);
  const apart = (100 * error).toFixed(1);
  const sentence = `When it says that it is sure, is it right? What it says and what is right lie ${apart} points apart on average.`;
  return figure(
    "Can its confidence be believed?",
    sentence,
    chart(
      "reliability",
      "The dots lie near the dashed line when the confidence can be believed.",
      "how sure it says it is",
      "how often it is right",
      [0, 1],
      [
        s("line", { class: "ideal", x1: x(0), y1: y(0), x2: x(1), y2: y(1) }),
        s("polyline", { class: "curve", points: points.map(([a, b]) => `${x(a)},${y(b)}`).join(" ") }),
        points.map(([a, b]) => s("circle", { class: "dot", cx: x(a), cy: y(b), r: 4 })),
      ],
    ),
    table(
      ["Sure", "Right", "Texts"],
      found.map(({ confidence, right, rows }) => [percent(confidence), percent(right / rows), number(rows)]),
    ),
  );
}

/** How right the surest answers are: [[share of the texts, accuracy]]. */
export function coverageChart(curve) {
  const points = (curve || []).filter((point) => Array.isArray(point) && point.length === 2);
  if (points.length < 2) return null;
  const low = Math.floor(10 * Math.min(...points.map(([, accuracy]) => accuracy), 0.9)) / 10;
  const place = (accuracy) => y((accuracy - low) / (1 - low));
  const half = points.find(([share]) => share >= 0.5) || points.at(-1);
  const surest = `of the surest ${percent(half[0])} it has ${percent(half[1], 1)} right, of all ${percent(points.at(-1)[1], 1)}`;
  const sentence = `The less it answers by itself, the more often it is right: ${surest}.`;
  const step = Math.max(1, Math.ceil(points.length / MOST_ROWS));
  return figure(
    "How much can it do alone?",
    sentence,
    chart(
      "coverage",
      sentence,
      "share of the texts that it answers",
      "how often it is right",
      [low, 1],
      [s("polyline", { class: "curve", points: points.map(([share, accuracy]) => `${x(share)},${place(accuracy)}`).join(" ") })],
    ),
    table(
      ["Answers", "Right"],
      points
        .filter((_, index) => index % step === 0 || index === points.length - 1)
        .map(([share, accuracy]) => [percent(share), percent(accuracy, 1)]),
    ),
  );
}

function figure(title, sentence, drawing, data) {
  return h(
    "section",
    { class: "card" },
    h("h2", {}, title),
    h("p", {}, sentence),
    drawing,
    h("details", {}, h("summary", {}, "The figures"), data),
  );
}

function chart(id, description, across, up, [low, high], marks) {
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const decimals = high - low < 0.9 ? 1 : 0; // a quarter of ten per cent is no whole number of them
  return s(
    "svg",
    { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-labelledby": `${id}-title ${id}-text` },
    s("title", { id: `${id}-title` }, `${up}, by ${across}`),
    s("desc", { id: `${id}-text` }, description),
    ticks.map((tick) => [
      s("line", { class: "grid", x1: x(0), y1: y(tick), x2: x(1), y2: y(tick) }),
      s("text", { x: LEFT - 8, y: y(tick) + 4, "text-anchor": "end" }, percent(low + tick * (high - low), decimals)),
      s("text", { x: x(tick), y: HEIGHT - BOTTOM + 18, "text-anchor": "middle" }, percent(tick)),
    ]),
    s("text", { class: "axis", x: x(0.5), y: HEIGHT - 6, "text-anchor": "middle" }, across),
    s("text", { class: "axis", x: 14, y: y(0.5), "text-anchor": "middle", transform: `rotate(-90 14 ${y(0.5)})` }, up),
    marks.flat(),
  );
}
