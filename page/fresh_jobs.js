// A job that a file has just started, before the ledger knows it.

import { pause } from "./parts.js";

const LOOKS = 40,
  LOOK_MILLISECONDS = 1500; // between looks

/** What `find` finds once it finds something; null when that is nothing for a minute. */
export async function begun(find, signal) {
  for (let count = 0; count < LOOKS; count += 1) {
    const job = await find();
    if (job) return job;
    await pause(LOOK_MILLISECONDS, signal);
  }
  return null;
}
