// Single keys that answer, which a person can switch off.

import { h } from "./dom.js";

const KEYS_OFF = "keys-off";

/** Whether fingers alone point here: then keys are not shown (style.css), and so they do nothing. */
const isForFingers = () => matchMedia("(hover: none) and (pointer: coarse)").matches;

/** Whether a person has left the keys on. */
const areOn = () => localStorage.getItem(KEYS_OFF) === null;

/** The name of a key beside what it does; a screen reader hears it from the button. */
export const key = (name) => h("kbd", { "aria-hidden": "true" }, name);

/** A box that switches keys off and on, with what they do. */
export function keyHelp(sentence) {
  const box = h("input", {
    type: "checkbox",
    id: "keys",
    checked: areOn(),
    onchange: () => (box.checked ? localStorage.removeItem(KEYS_OFF) : localStorage.setItem(KEYS_OFF, "yes")),
  });
  return h("p", { class: "check keyboard" }, box, h("label", { for: "keys" }, `Keys on: ${sentence}`));
}

/** The name of a key that was pressed to answer; empty when it was meant for something else. */
export function pressedKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !areOn() || isForFingers() || document.querySelector("dialog[open]")) return "";
  return event.target.closest("input:not([type=checkbox]), select, textarea, form") ? "" : event.key.toLowerCase();
}
