// One labelling job: how far it is, how well people agree, and for owners its end.

import { fill, h } from "../dom.js";
import { acting, bar, facts, loaded, notice, table } from "../parts.js";
import { follow } from "../fresh_jobs.js";
import { counted, listed, moment, number, percent } from "../words.js";
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
      labelsOf(job),
      app.user.is_owner && end(app, path, job, signal),
      h("p", {}, h("a", { href: "#/label" }, "All labelling jobs")),
    ];
  });
}

function about({ status, classifier, texts = 0, answers_wanted: wanted, progress = {}, objects = 0, unread, unreadable, created_at: at, created_by: by, ...job }) {
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
      unread > 0 && ["Drawn from", `${number(objects)} of ${counted(objects + unread, "file")}, chosen at random: all are too many to read at once`],
      unreadable > 0 && ["Lines that could not be read", number(unreadable)],
      ["Order", job.ranked_by ? `what model ${job.ranked_by} doubts first, every fifth by chance` : "by chance"],
      ["Made", `${moment(at)} by ${by || "–"}`],
      job.finished_at && ["Finished", `${moment(job.finished_at)} by ${job.finished_by}`],
      job.manifest && ["Came of it", `${counted(job.labelled, "labelled text")}, ${number(job.left_out)} left out`],
      job.manifest && ["Kept as the training file", job.manifest],
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
      `Agreement beyond chance: ${figure(alpha)}, from ${counted(texts, "text")} with two answers or more; 1 is full agreement, 0 is chance.`,
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
        ["Who", "Texts", "Agreement beyond chance"],
        pairs.map(({ one, other, texts: shared, kappa }) => [`${one} and ${other}`, number(shared), figure(kappa)]),
      ),
    texts > 0 && h(
      "details",
      {},
      h("summary", {}, "How agreement is measured"),
      h("p", {}, "Of all people together by Krippendorff’s alpha for nominal data, of two by Cohen’s kappa."),
    ),
  );
}

/** What each label means, and while the job is open how many texts have it by the answers as they stand. */
function labelsOf({ labels = [], status, texts_by_label: found = [] }) {
  const texts = new Map(found.map(({ label, texts: count }) => [label, count]));
  const isOpen = status === "open" && found.length > 0;
  const rows = labels.map(({ label, guidance }) => [
    h("span", {}, h("strong", {}, label), guidance && h("span", { class: "hint" }, ` ${guidance}`)),
    isOpen ? number(texts.get(label) || 0) : "",
  ]);
  return h(
    "section",
    { class: "card", "aria-labelledby": "labels" },
    h("h2", { id: "labels" }, "Labels"),
    table(["Label", isOpen ? "Texts so far" : ""], rows),
    isOpen && h("p", { class: "hint" }, "Where people differ, a text counts for the label that is most likely right. Load this page again to count anew."),
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
  const { lacking = "", dispensable = [] } = job;
  const finish = (without) =>
    act(
      `Finish ${job.name} and train?`,
      `${early(job)}${lackingLabels(app, { ...job, labels: (job.labels || []).filter(({ label }) => !without.includes(label)) })}` +
        `No more answers are taken. Each text gets the label that is most likely right, and a training starts with them.${rest(job, without)}`,
      "Finish and train",
      () => app.api.finishLabelling(path, without),
      async ({ job_id: id, labelled, left_out: left }) => {
        fill(told, notice("good", `${counted(labelled, "text")} ${labelled === 1 ? "has" : "have"} a label, ${number(left)} left out. The training starts in a moment …`));
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
  const ready = h(
    "button",
    { type: "button", class: "primary", disabled: Boolean(lacking), "aria-describedby": lacking ? "lacking" : null, onclick: () => finish([]) },
    "Finish and train",
  );
  return h(
    "section",
    { class: "card", "aria-labelledby": "owners" },
    h("h2", { id: "owners" }, "For owners"),
    !job.manifest && lacking && h("p", { id: "lacking" }, `It cannot be finished yet. ${lacking}`),
    h(
      "div",
      { class: "actions" },
      !job.manifest && ready,
      !job.manifest &&
        dispensable.length > 0 &&
        h("button", { type: "button", onclick: () => finish(dispensable) }, `Finish and train without ${listed(dispensable.map((label) => few(job, label)), "and")}`),
      h("button", { type: "button", onclick: remove }, "Delete this job"),
    ),
    told,
  );
}

/** A label with how few texts it has. */
function few({ texts_by_label: found = [] }, label) {
  return `‘${label}’ (${counted(found.find((one) => one.label === label)?.texts || 0, "text")})`;
}

function early({ texts, progress: { complete = 0 } = {} }) {
  return complete < texts ? `Only ${number(complete)} of ${counted(texts, "text")} have all answers that are wanted. ` : "";
}

/** What is left out, as sentences. */
function rest(job, without) {
  const unanswered = job.texts - (job.progress?.labelled || 0);
  return [
    unanswered > 0 && ` ${counted(unanswered, "text")} without a label will be left out.`,
    without.length > 0 && ` So will those of ${listed(without.map((label) => few(job, label)), "and")}: the new model will not know ${without.length === 1 ? "this label" : "these labels"}.`,
  ].filter(Boolean).join("");
}
