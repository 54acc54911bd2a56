// One model: how right it is, what it confuses, whether its confidence can be believed, what changed against the one before.

import { against, change, reviewed } from "../comparison.js";
import { coverageChart, reliabilityChart } from "../charts.js";
import { fill, h, speak, takeFocus } from "../dom.js";
import { confirmed, facts, loaded, notice } from "../parts.js";
import { confusionTable } from "../confusion.js";
import { promiseTable } from "../promise_table.js";
import { counted, fileName, forPage, interval, moment, number, percent } from "../words.js";
import { safe } from "./job.js";
import { modelBadge, modelsAddress, ofClassifier } from "./models.js";

export function showModel(app, main, { parameters: [name, version], signal }) {
  app.title(`Model ${version}${ofClassifier(app, name)}`);
  const place = main.appendChild(h("div"));
  return loaded(app, place, async () => {
    const model = await app.api.model(name, version, signal);
    const evaluation = model.evaluation || {};
    const figures = evaluation.figures || {};
    return [
      overview(app, name, model, evaluation),
      change(model, evaluation),
      reviewed(model, evaluation),
      promiseTable(evaluation.promises, evaluation.challenger?.rows),
      confusionTable(figures.confusions, evaluation.labels || model.labels || []),
      reliabilityChart(figures.reliability),
      coverageChart(figures.coverage),
      warnings(evaluation.warnings),
      h("p", {}, h("a", { href: modelsAddress(name) }, `All models${ofClassifier(app, name)}`)),
    ];
  });
}

function overview(app, name, model, evaluation) {
  const score = evaluation.challenger || {};
  const accuracy = score.accuracy ?? model.accuracy;
  const rows = score.rows ?? model.held_out_rows;
  const range = interval(accuracy, rows);
  const state = h("span", {}, modelBadge(model));
  return h(
    "section",
    { class: "card" },
    h("p", { class: "headline" }, h("strong", {}, percent(accuracy, 1)), " of texts right ", state),
    range &&
      h(
        "p",
        { class: "hint" },
        `Counted on ${counted(rows, "text")} that it had never seen. On many such texts it would be right on` +
          ` ${percent(range[0])} to ${percent(range[1])} (19 times of 20).`,
      ),
    facts([
      ["Trained", moment(model.created_at)],
      ["Right, if every label counts alike", percent(score.macro_f1 ?? model.macro_f1, 1)],
      Number.isFinite(evaluation.majority_accuracy)
        ? ["Always guessing the most frequent label", percent(evaluation.majority_accuracy, 1)]
        : null,
      Number.isFinite(evaluation.train_rows) ? ["Learned from", counted(evaluation.train_rows, "text")] : null,
      ["Training file", model.training_object ? fileName(model.training_object) : "–"],
      evaluation.labels || model.labels ? ["Labels", number((evaluation.labels || model.labels).length)] : null,
    ]),
    said(model),
    h(
      "div",
      { class: "actions" },
      app.user.is_owner && !model.is_current && promotion(app, name, model, state),
      model.report_url &&
        h("a", { class: "button", href: safe(model.report_url), target: "_blank", rel: "noreferrer noopener" }, "Full report (new tab)"),
    ),
  );
}

function promotion(app, name, model, state) {
  const told = h("span", { role: "status" });
  const promote = async () => {
    const kept = model.status === "kept" ? `It was not put in use by itself. ${against(model, model.evaluation || {})} ` : "";
    const explanation = `${kept}From now on, files and single texts are answered by this version. You can go back at any time.`;
    if (!(await confirmed(`Use version ${model.version}${ofClassifier(app, name)}?`, explanation, "Use it", said(model)))) return;
    try {
      await app.api.promote(name, model.version);
      fill(told, `Version ${model.version} is in use now.`);
      speak(`Version ${model.version} is in use now.`);
      takeFocus(told);
      button.remove();
      fill(state, modelBadge({ is_current: true }));
    } catch (error) {
      app.tell(error, told);
    }
  };
  const button = h("button", { type: "button", class: "primary", onclick: promote }, "Use this version");
  return [button, told];
}

/** What the kit wrote of a model, the last first: a model that is put in use later keeps what was said before. */
function said({ message }) {
  const sentences = forPage(message).split(/ ?Before: /).filter(Boolean);
  if (!sentences.length) return null;
  return h(
    "details",
    {},
    h("summary", {}, "What was said of it"),
    h("ul", {}, sentences.map((sentence) => h("li", {}, sentence))),
    h("p", { class: "hint" }, "Held-out rows are those that a training does not learn from. ‘If every label counts alike’ is the macro-averaged F1 score."),
  );
}

function warnings(found) {
  if (!found?.length) return null;
  return h(
    "section",
    { class: "card" },
    h("h2", {}, "What the training noticed"),
    h(
      "ul",
      {},
      found.map(forPage).filter(Boolean).map((sentence) => h("li", {}, sentence)),
    ),
  );
}
