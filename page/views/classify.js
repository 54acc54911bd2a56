// One text: its label, how sure the model is, the runner-up, and the words that spoke for it and against it.

import { fill, h, speak } from "../dom.js";
import { badge, bar, notice, pause } from "../parts.js";
import { forPage, percent } from "../words.js";

const MOST_TRIES = 30;
const NO_KNOWN_WORDS = "no known words"; // as the API has it

export function showClassify(app, main, { signal }) {
  app.title("Classify one text");
  if (!app.classifier?.current) {
    main.append(noModel(app));
    return;
  }
  const text = h("textarea", {
    id: "text",
    rows: "6",
    "aria-describedby": "text-hint",
    maxlength: "100000",
    spellcheck: "true",
  });
  const button = h("button", { type: "submit", class: "primary" }, "Classify");
  const result = h("section", { class: "result", "aria-label": "Answer" });
  let running = null;

  const submit = async (event) => {
    event?.preventDefault();
    if (!text.value.trim()) {
      fill(result, notice("bad", "Type a text first."));
      speak("Type a text first.");
      text.focus();
      return;
    }
    running?.abort();
    running = new AbortController();
    signal.addEventListener("abort", () => running.abort());
    await classify(app, text.value, result, running, submit);
  };
  text.addEventListener("input", () => {
    running?.abort();
    fill(result); // it was about another text
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
  });
  main.append(
    h(
      "form",
      { class: "card", onsubmit: submit },
      h(
        "div",
        { class: "field" },
        h("label", { for: "text" }, "The text"),
        text,
        h(
          "p",
          { class: "hint", id: "text-hint" },
          "For example what a customer wrote. It stays in your organisation's own account in the cloud, and is not kept. Ctrl and Enter classify it, too.",
        ),
      ),
      h("div", { class: "actions" }, button),
    ),
    result,
  );
}

async function classify(app, text, place, running, again) {
  const { signal } = running;
  fill(place, h("p", { class: "loading" }, "Classifying …"));
  const warming = new Warming(place, running);
  for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
    try {
      const answer = await app.api.classify(app.classifier.name, text, signal);
      showAnswer(place, answer);
      return;
    } catch (error) {
      if (!error.retryAfter || attempt === MOST_TRIES) {
        app.tell(error, place, again);
        return;
      }
      try {
        await warming.wait(error);
      } catch {
        return; // stopped, or the view was left
      }
    }
  }
}

/** Why there is no answer yet, and when it is asked for again. It is built once: whoever is at its button stays there. */
class Warming {
  constructor(place, running) {
    Object.assign(this, { place, running, reason: h("span"), next: h("p", { "aria-hidden": "true" }) });
    this.isShown = false;
  }

  show(error) {
    const stop = () => {
      this.running.abort();
      fill(this.place, notice("note", "Stopped. Press 'Classify' to try again."));
    };
    fill(this.place, notice("wait", this.reason, this.next, h("button", { type: "button", onclick: stop }, "Stop trying")));
    speak(`${error.message} The page tries again by itself every ${error.retryAfter} seconds.`);
    this.isShown = true;
  }

  /** Wait as long as the server asks for. Raises AbortError when it was stopped or the view was left. */
  async wait(error) {
    if (!this.isShown) this.show(error);
    this.reason.textContent = error.message;
    for (let left = error.retryAfter; left > 0; left -= 1) {
      this.next.textContent = `Next try by itself in ${left} s`;
      await pause(1000, this.running.signal);
    }
    this.next.textContent = "Trying again …";
  }
}

function showAnswer(place, { answers = [], model_version: version }) {
  const answer = answers[0] || {};
  const [best, second] = answer.labels || [];
  if (!best) {
    fill(place, notice("bad", "The classifier gave no answer to this text. Is it empty?"));
    return;
  }
  const doubt = answer.needs_review;
  const isGuess = doubt && answer.review_reason?.startsWith(NO_KNOWN_WORDS);
  const words = isGuess ? [] : answer.words || [];
  fill(
    place,
    h(
      "div",
      { class: "card answer" },
      h("p", { class: "over" }, isGuess ? "The model knows none of these words and can only guess" : "The label is"),
      h("h2", { class: "label" }, best.label),
      h(
        "p",
        { class: "sure" },
        bar(best.confidence, "big"),
        h("strong", {}, percent(best.confidence)),
        " sure ",
        doubt ? badge("? A person should look at it", "warn") : badge("✓ Needs no review", "good"),
      ),
      doubt && !isGuess && answer.review_reason && h("p", { class: "hint" }, `Why a person: ${answer.review_reason}.`),
      second && h("p", { class: "second" }, "Next likely: ", h("strong", {}, second.label), `, ${percent(second.confidence)}`),
      words.length > 0 && wordTables(words, best.label),
      h("p", { class: "hint" }, `Answered by model ${version ?? "–"}.`),
    ),
  );
  speak(`The label is ${best.label}, ${percent(best.confidence)} sure. ${doubt ? "A person should look at it." : "It needs no review."}`);
}

function wordTables(words, label) {
  const most = Math.max(...words.map(({ weight }) => Math.abs(weight)));
  const table = (caption, rows, kind) =>
    h(
      "table",
      { class: `words ${kind}` },
      h("caption", {}, caption),
      h("thead", { class: "unseen" }, h("tr", {}, h("th", { scope: "col" }, "Word"), h("td", {}), h("th", { scope: "col" }, "Odds"))),
      h(
        "tbody",
        {},
        rows.map(({ word, weight }) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, word),
            h("td", { class: "wide" }, bar(Math.abs(weight) / most, kind)),
            h("td", { class: "figure" }, odds(weight)),
          ),
        ),
      ),
    );
  const pro = words.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
  const contra = words.filter(({ weight }) => weight < 0).sort((a, b) => a.weight - b.weight);
  return h(
    "div",
    {},
    h(
      "div",
      { class: "pair" },
      pro.length > 0 && table(`Words that spoke for ‘${label}’`, pro, "for"),
      contra.length > 0 && table("Words that spoke against it", contra, "against"),
    ),
    h("p", { class: "hint" }, "× 2 means that the word made this label twice as likely, against every other; ÷ 2 half as likely."),
  );
}

/** A weight, which is a difference of log odds, as a factor. */
function odds(weight) {
  const factor = Math.exp(Math.abs(weight));
  return `${weight < 0 ? "÷" : "×"} ${factor >= 99.5 ? "100 +" : factor.toFixed(factor < 10 ? 1 : 0)}`;
}

function noModel(app) {
  const live = app.classifier?.live?.message;
  return notice(
    "note",
    `There is no model yet, so nothing can be classified.${live ? ` ${forPage(live)}` : ""}`,
    app.user.is_owner
      ? h("p", {}, h("a", { href: "#/file" }, "Drop a file with labelled texts"), " to train the first one.")
      : h("p", {}, "An owner has to train the first one. Whoever invited you knows who that is."),
  );
}
