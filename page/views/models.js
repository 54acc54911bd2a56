// All versions of a classifier's model, and what owners may do with them.

import { fill, h, speak } from "../dom.js";
import { follow } from "../fresh_jobs.js";
import { acting, badge, entries, loaded, notice } from "../parts.js";
import { counted, forPage, moment, number, percent } from "../words.js";
import { learned } from "./review_list.js";

/** The models of the classifier that the address names, or else of the chosen one. */
export function showModels(app, main, { parameters: [name = app.classifier?.name || "main"], signal }) {
  app.title(`Models${ofClassifier(app, name)}`);
  const place = main.appendChild(h("div"));
  const show = (said) =>
    loaded(app, place, async () => {
      const [{ models = [] }, corrections] = await Promise.all([
        app.api.models(name, signal),
        app.api.corrections(name, signal).catch(() => null),
        app.refresh(signal),
      ]);
      const classifier = app.classifiers.find((each) => each.name === name);
      return [
        said && h("div", { role: "status" }, notice("good", said)),
        state(classifier),
        app.user.is_owner && models.length > 0 && actions(app, name, classifier?.current?.before, corrections, show, signal),
        models.length ? list(name, models) : none(app.user),
      ];
    });
  return show();
}

function none(user) {
  const first = h("p", {}, h("a", { href: "#/file" }, "Drop a file with labelled texts"), " to train the first one.");
  return notice("note", "No model was trained yet.", user.is_owner && first);
}

function state(classifier) {
  const live = classifier?.live || {};
  const sentence = {
    serving: "The model in use answers under ‘Classify’.",
    starting: "The model in use is being made ready to answer under ‘Classify’. This takes some minutes.",
    failed: "The model in use does not answer under ‘Classify’. Files are classified all the same.",
    none: "No model answers under ‘Classify’ yet.",
  }[live.status];
  return sentence
    ? notice(
        { serving: "good", starting: "wait", failed: "bad" }[live.status] || "note",
        [sentence, live.status === "failed" ? forPage(live.message) : ""].filter(Boolean).join(" "),
      )
    : null;
}

function list(classifier, models) {
  const items = models.map((model) => ({
    href: modelAddress(classifier, model.version),
    name: `Version ${model.version}`,
    state: modelBadge(model),
    text: `${percent(model.accuracy, 1)} of texts right · ${moment(model.created_at)}`,
  }));
  return entries("Models, the newest first", items);
}

/** The name of a classifier as a part of a sentence, where there are several. */
export const ofClassifier = (app, name) => (app.classifiers.length > 1 ? ` of ${name}` : "");

/** Where a classifier's models are shown; `main` is the one that has no name. */
export const modelsAddress = (classifier) => `#/models/${encodeURIComponent(classifier || "main")}`;

/** Where one of them is shown: versions count anew for each classifier. */
export const modelAddress = (classifier, version) => `${modelsAddress(classifier)}/${encodeURIComponent(version)}`;

/** Whether a model is in use, as a badge. */
export function modelBadge(model) {
  if (model.is_current) return badge("✓ in use", "good");
  return model.status === "kept" ? badge("not used", "plain") : badge("earlier", "plain");
}

/** `before` is the version that was in use before the current one, where there was any; `show` shows all anew. */
function actions(app, name, before, corrections, show, signal) {
  const told = h("div", { role: "status" });
  const act = acting(app, told);
  const train = () =>
    act(
      `Train a new model${ofClassifier(app, name)}?`,
      `It learns from the current model's file${answers(corrections)}. It is used only if it is better than the current one.`,
      "Train",
      () => app.api.train(name),
      async ({ job_id: job }) => {
        fill(told, notice("wait", "The training starts in a moment …"));
        await follow(app.api, job, signal);
      },
    );
  const back = () =>
    act(
      `Go back to version ${before}${ofClassifier(app, name)}?`,
      "From now on, texts are answered by it, as they were before this one. You can come forward again.",
      "Go back",
      () => app.api.rollback(name),
      async ({ version }) => {
        const said = `Version ${version} is in use now.`;
        await show(said);
        speak(said);
      },
    );
  return h(
    "div",
    { class: "card" },
    corrections && h("p", {}, `Reviews: ${learned(corrections)}`),
    h(
      "div",
      { class: "actions" },
      h("button", { type: "button", class: "primary", onclick: train }, "Train a new model"),
      before && h("button", { type: "button", onclick: back }, `Go back to version ${before}`),
    ),
    told,
  );
}

/** How many answers a training learns from, as a part of a sentence. */
function answers(corrections) {
  const { total, since_training: fresh = 0 } = corrections || {};
  if (!Number.isFinite(total)) return " and all answers given in reviews";
  if (!total) return "; no answers were given in reviews yet";
  return ` and ${counted(total, "answer")} given in reviews, ${number(fresh)} of them since the last training began`;
}
