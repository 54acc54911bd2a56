// A file that is to be sent once more: the browser cannot take it again by itself, but what was chosen for it can be.

import { h } from "./dom.js";
import { notice } from "./parts.js";
import { fileName } from "./words.js";

let pending = null; // what the next file view is about
let wish = null; // what the present one is about

/** A link to where the file of a job is sent once more. */
export function againLink({ name, summary }) {
  const { text_column: column = "", promise } = summary || {};
  const [least] = [...(promise?.possible || [])].sort((one, other) => one - other);
  const most = promise?.is_kept === false ? least : promise?.max_error;
  const wanted = { name: fileName(name), column, most: Number.isFinite(most) ? String(Number((100 * most).toFixed(3))) : "" };
  return h("a", { href: "#/file", onclick: () => (pending = wanted) }, "Send the file once more");
}

/** What a file view says of the file that it waits for; null when it waits for none. To be asked once for each view. */
export function reminder() {
  [wish, pending] = [pending, null];
  return wish && notice("note", `Choose ‘${wish.name}’ once more: the page cannot take a file from your computer by itself. What was chosen for it is chosen already.`);
}

/** What was chosen for a file of this name: {column, most (per cent)}, or nothing of it. */
export const wishFor = (name) => (wish?.name === name ? wish : { column: "", most: "" });
