// Parts that several views show.

import { fill, h } from "./dom.js";
import { percent } from "./words.js";

const SIGNS = { good: "✓", bad: "!", note: "i", wait: "…" };

/** A box with a sign and a sentence; `kind` is good, bad, note or wait. */
export function notice(kind, sentence, ...more) {
  return h(
    "div",
    { class: `notice ${kind}` },
    h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[kind]),
    h("div", {}, h("p", {}, sentence), ...more),
  );
}

/** A share as a bar; the figure stands beside it, so screen readers are spared the bar. */
export function bar(share, kind = "") {
  const width = `${Math.round(100 * Math.max(0, Math.min(1, share || 0)))}%`;
  return h("span", { class: `bar-track ${kind}`, "aria-hidden": "true" }, h("span", { class: "bar-fill", style: { width } }));
}

/** Pairs of a name and a value. */
export function facts(pairs) {
  return h(
    "dl",
    { class: "facts" },
    pairs.filter(Boolean).map(([name, ...value]) => h("div", {}, h("dt", {}, name), h("dd", {}, ...value))),
  );
}

/** Labels with their confidence or share: [[name, share, text]]. */
export function shares(rows, caption) {
  return h(
    "table",
    { class: "shares" },
    h("caption", {}, caption),
    h(
      "tbody",
      {},
      rows.map(([name, share, text]) =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, name),
          h("td", { class: "wide" }, bar(share)),
          h("td", { class: "figure" }, text ?? percent(share)),
        ),
      ),
    ),
  );
}

/** Figures below the names of their columns. */
export function table(names, rows) {
  return h(
    "table",
    { class: "list" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        names.map((name) => h("th", { scope: "col" }, name)),
      ),
    ),
    h(
      "tbody",
      {},
      rows.map((row) =>
        h(
          "tr",
          {},
          row.map((value) => h("td", { class: "figure" }, value)),
        ),
      ),
    ),
  );
}

/** A word that tells a state, with a sign for those who see no colours. */
export function badge(word, kind) {
  return h("span", { class: `badge ${kind}` }, word);
}

/** A list of things that have a view of their own: [{href, name, state (a badge), text}]. */
export const entries = (name, items) => h("ul", { class: "entries", "aria-label": name }, items.map(entry));

/** One thing of such a list. */
export function entry({ href, name, state, text }) {
  return h("li", {}, h("a", { href }, name), state, h("span", { class: "hint" }, text));
}

/** While something is on its way. */
export const loading = (sentence = "Loading …") => h("p", { class: "loading", role: "status" }, sentence);

/** A question that must be answered with yes, with more below its explanation if need be; resolves to whether it was. */
export function confirmed(question, explanation, yes, more = null) {
  return new Promise((resolve) => {
    const dialog = h(
      "dialog",
      { "aria-labelledby": "question", onclose: () => (resolve(dialog.returnValue === "yes"), dialog.remove()) },
      h("h2", { id: "question" }, question),
      h("p", {}, explanation),
      more,
      h(
        "div",
        { class: "actions" },
        h("button", { type: "button", onclick: () => dialog.close("no") }, "Cancel"),
        h("button", { type: "button", class: "primary", onclick: () => dialog.close("yes") }, yes),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Does what a person has confirmed, and shows at a place of the view why it could not be. */
export function acting(app, place) {
  return async (question, explanation, yes, call, done) => {
    if (!(await confirmed(question, explanation, yes))) return;
    try {
      await done(await call());
    } catch (error) {
      app.tell(error, place);
    }
  };
}

/** A pause in milliseconds that ends at once, by AbortError, when the view is left. */
export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => (clearTimeout(timer), reject(new DOMException("left", "AbortError"))), { once: true });
  });
}

/** Show a place's content when it has come; an error shows itself there, with a button to try again. */
export async function loaded(app, place, load) {
  fill(place, loading());
  try {
    const content = await load();
    fill(place, content);
  } catch (error) {
    app.tell(error, place, () => loaded(app, place, load));
  }
}
