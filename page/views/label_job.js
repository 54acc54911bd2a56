// One labelling job: how far it is, how well people agree, and for owners its end.

import { fill, h } from "../dom.js";
import { acting, bar, facts, loaded, notice, table } from "../parts.js";
import { follow } from "../fresh_jobs.js";
import { counted, moment, number, percent } from "../words.js";
import { labelAddress } from "./label.js";
import { stateOf } from "./label_list.js";

export function showLabelJob(app, main, { parameters: [path], signal }) {
  app.title(`Labelling job ${path.split("/")[1]}`);
  const place = main.appendChild(h("div"));
  return loaded(app, place, async () => {
    const job = await app.api.labelling(path, signal);
    return [
      about(job),
      job.status === "open" && h("p", {}, h("a", { href: labelAddress(path), class: "button primary" }, "Label texts")),
      agreement(job),
      guidance(job),
      app.user.is_owner && end(app, path, job, signal),
      h("p", {}, h("a", { href: "#/label" }, "All labelling jobs")),
    ];
  });
}

function about({ status, classifier, texts = 0, answers_wanted: wanted, progress = {}, unreadable, created_at: at, created_by: by, ...job }) {
  const share = texts ? (progress.complete || 0) / texts : 0;
  return h(
    "section",
    { class: "card", "aria-labelledby": "progress" },
    h("h2", { id: "progress" }, "How far it is ", stateOf(status)),
    h("p", {}, bar(share, "big"), ` ${number(progress.complete || 0)} of ${counted(texts, "text")} have all answers that are wanted (${percent(share)}).`),
    facts([
      ["For the classifier", classifier],
      ["Answers to each text", number(wanted)],
      ["Answers so far", number(progress.answers)],
      ["By you", number(progress.mine)],
      ["Texts with a label", number(progress.labelled)],
      ["Texts that nobody could tell", number(progress.unclear)],
      unreadable > 0 && ["Lines that could not be read", number(unreadable)],
      ["Order", job.ranked_by ? `what model ${job.ranked_by} doubts first, every fifth by chance` : "by chance"],
      ["Made", `${moment(at)} by ${by || "–"}`],
      job.finished_at && ["Finished", `${moment(job.finished_at)} by ${job.finished_by}`],
      job.manifest && ["Came of it", `${job.manifest}: ${counted(job.labelled, "labelled text")}, ${number(job.left_out)} left out`],
    ]),
  );
}

function agreement({ agreement: { alpha, words = "", texts = 0 } = {}, people = [], pairs = [] }) {
  const figure = (value) => (Number.isFinite(value) ? value.toFixed(2) : "–");
  return h(
    "section",
    { class: "card", "aria-labelledby": "agreement" },
    h("h2", { id: "agreement" }, "How well people agree"),
    h("p", {}, words),
    texts > 0 && h(
      "p",
      { class: "hint" },
      `Krippendorff’s alpha is ${figure(alpha)}, from ${counted(texts, "text")} with two answers or more: 1 is full agreement, 0 is chance.`,
    ),
    people.length > 0 && h("h3", {}, "People"),
    people.length > 0 &&
      table(
        ["Name", "Answers", "“I cannot tell”"],
        people.map(({ name, answers, unclear }) => [name, number(answers), number(unclear)]),
      ),
    pairs.length > 0 && h("h3", {}, "Two who saw the same texts"),
    pairs.length > 0 &&
      table(
        ["Who", "Texts", "Cohen’s kappa"],
        pairs.map(({ one, other, texts: shared, kappa }) => [`${one} and ${other}`, number(shared), figure(kappa)]),
      ),
  );
}

function guidance({ labels = [] }) {
  return h(
    "section",
    { class: "card", "aria-labelledby": "labels" },
    h("h2", { id: "labels" }, "Labels"),
    h(
      "ul",
      {},
      labels.map(({ label, guidance: said }) => h("li", {}, h("strong", {}, label), said && `: ${said}`)),
    ),
  );
}

/** Labels that the model in use knows and the job does not: a model without them is not put in use by itself. */
export function lackingLabels(app, { classifier, labels = [] }) {
  const known = app.classifiers.find(({ name }) => name === classifier)?.labels || [];
  const lacking = known.filter((label) => !labels.some((own) => own.label === label));
  if (!lacking.length) return "";
  return `The model in use of ${classifier} knows labels that this job lacks: ${lacking.join(", ")}. A new model without them is not put in use by itself. `;
}

function end(app, path, job, signal) {
  const told = h("div", { role: "status" });
  const act = acting(app, told);
  const unanswered = job.texts - (job.progress?.labelled || 0);
  const rest = unanswered ? ` ${counted(unanswered, "text")} without a label will be left out.` : "";
  const { complete = 0 } = job.progress || {};
  const early = complete < job.texts ? `Only ${number(complete)} of ${counted(job.texts, "text")} have all answers that are wanted. ` : "";
  const finish = () =>
    act(
      `Finish ${job.name} and train?`,
      `${early}${lackingLabels(app, job)}No more answers are taken. Each text gets the label that is most likely right, and a training starts with them.${rest}`,
      "Finish and train",
      () => app.api.finishLabelling(path),
      async ({ job_id: id, labelled, left_out: left }) => {
        fill(told, notice("good", `${counted(labelled, "text")} have a label, ${number(left)} are left out. The training starts in a moment …`));
        await follow(app.api, id, signal);
      },
    );
  const remove = () =>
    act(
      `Delete ${job.name}?`,
      "Its texts and all answers are deleted for good. A model that learned from it stays, and so does the file it was trained on.",
      "Delete",
      () => app.api.deleteLabelling(path),
      () => (location.hash = "#/label"),
    );
  return h(
    "section",
    { class: "card", "aria-labelledby": "owners" },
    h("h2", { id: "owners" }, "For owners"),
    h(
      "div",
      { class: "actions" },
      !job.manifest && h("button", { type: "button", class: "primary", onclick: finish }, "Finish and train"),
      h("button", { type: "button", onclick: remove }, "Delete this job"),
    ),
    told,
  );
}
