// A job that a file has just started, before the ledger knows it.

import { ApiError } from "./api.js";
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

/** Show a job that was just asked for, or the list of all when its event takes too long. */
export async function follow(api, id, signal) {
  const isThere = await begun(() => api.job(id, signal).catch(nullIfMissing), signal);
  location.hash = isThere ? `#/jobs/${encodeURIComponent(id)}` : "#/jobs";
}

function nullIfMissing(error) {
  if (error instanceof ApiError && error.status === 404) return null;
  throw error;
}
