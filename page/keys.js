// Single keys that answer, which a person can switch off.

import { h } from "./dom.js";

const KEYS_OFF = "keys-off";

/** Whether keys answer. */
const hasKeys = () => localStorage.getItem(KEYS_OFF) === null;

/** The name of a key beside what it does; a screen reader hears it from the button. */
export const key = (name) => h("kbd", { "aria-hidden": "true" }, name);

/** A box that switches keys off and on, with what they do. */
export function keyHelp(sentence) {
  const box = h("input", {
    type: "checkbox",
    id: "keys",
    checked: hasKeys(),
    onchange: () => (box.checked ? localStorage.removeItem(KEYS_OFF) : localStorage.setItem(KEYS_OFF, "yes")),
  });
  return h("p", { class: "check keyboard" }, box, h("label", { for: "keys" }, `Keys on: ${sentence}`));
}

/** The name of a key that was pressed to answer; empty when it was meant for something else. */
export function pressedKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !hasKeys() || document.querySelector("dialog[open]")) return "";
  return event.target.matches("input:not([type=checkbox]), textarea, select") ? "" : event.key.toLowerCase();
}
