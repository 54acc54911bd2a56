// The HTTP API: one method for each thing that the page asks for.

import { OfflineError, SignInError } from "./session.js";

/** The API refused; `status` is HTTP's, `retryAfter` counts the seconds after which to try again (0: that would not help). */
export class ApiError extends Error {
  constructor(message, status, retryAfter = 0) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** A file is another one than when it was chosen; browsers read no byte of it any more. */
export class ChangedFileError extends Error {
  constructor(name) {
    super(`${name} was changed since it was chosen, perhaps saved once more or moved. Choose it again.`);
  }
}

const GATEWAY_SECONDS = 10; // after which to ask again where the gateway in front of the API answers 503, which tells none
const SENTENCES = {
  403: "You are not allowed to do this. People of the group 'owners' are.",
  404: "That is not there any more.",
  413: "That is too much at once.",
  429: "Too many requests in a short time. Wait a moment and try again.",
  503: "The service did not answer in time. It sleeps when nobody uses it, which saves money, and needs up to a minute to wake up.",
};

/** Requests with the session's token. Every method takes an AbortSignal last and throws ApiError, SignInError or OfflineError. */
export class Api {
  constructor(address, session) {
    this.address = address;
    this.session = session;
  }

  classifiers = (signal) => this.get("/classifiers", signal);
  classify = (name, text, signal) =>
    this.post(`/classifiers/${part(name)}/classifications`, { texts: [text], k: 2, explain: true }, signal);
  upload = (file, signal) => this.post("/uploads", file, signal);
  jobs = (query, signal) => this.get(`/jobs?${new URLSearchParams(query)}`, signal);
  job = (id, signal) => this.get(`/jobs/${part(id)}`, signal);
  files = (id, signal) => this.get(`/jobs/${part(id)}/files`, signal);
  review = (id, signal) => this.get(`/jobs/${part(id)}/review`, signal);
  correct = (id, row, label) => this.request("PUT", `/jobs/${part(id)}/corrections/${part(row)}`, { label });
  uncorrect = (id, row) => this.request("DELETE", `/jobs/${part(id)}/corrections/${part(row)}`);
  corrections = (name, signal) => this.get(`/classifiers/${part(name)}/corrections`, signal);
  models = (name, signal) => this.get(`/classifiers/${part(name)}/models`, signal);
  model = (name, version, signal) => this.get(`/classifiers/${part(name)}/models/${part(version)}`, signal);
  promote = (name, version) => this.post(`/classifiers/${part(name)}/models/${part(version)}/promote`);
  rollback = (name) => this.post(`/classifiers/${part(name)}/rollback`);
  labellingJobs = (signal) => this.get("/labelling", signal);
  createLabelling = (job) => this.post("/labelling", job);
  labelling = (path, signal) => this.get(labellingPath(path), signal);
  deleteLabelling = (path) => this.request("DELETE", labellingPath(path));
  finishLabelling = (path, without) => this.post(`${labellingPath(path)}/finish`, { without });
  textsToLabel = (path, signal) => this.post(`${labellingPath(path)}/texts`, undefined, signal);
  orderTexts = (path, signal) => this.post(`${labellingPath(path)}/order`, undefined, signal);
  unlabelled = (name, signal) => this.get(`/classifiers/${part(name)}/unlabelled`, signal);
  uploadUnlabelled = (name, file, signal) => this.post(`/classifiers/${part(name)}/unlabelled`, file, signal);
  train = (name) => this.post(`/classifiers/${part(name)}/trainings`);

  /** Give an answer, or take it back by null: to a row of a review, or to a text of a labelling job, whose place has two parts. */
  say(job, row, label) {
    if (!job.includes("/")) return label === null ? this.uncorrect(job, row) : this.correct(job, row, label);
    const path = `${labellingPath(job)}/answers/${part(row)}`;
    return label === null ? this.request("DELETE", path) : this.request("PUT", path, { label });
  }

  get(path, signal) {
    return this.request("GET", path, undefined, signal);
  }

  post(path, body, signal) {
    return this.request("POST", path, body, signal);
  }

  async request(method, path, body, signal) {
    let answer = await this.send(method, path, body, signal);
    if (answer.status === 401) {
      await this.session.renew(); // the token ended early, perhaps by this machine's clock
      answer = await this.send(method, path, body, signal);
    }
    if (answer.status === 401) throw new SignInError("Your session is over. Please sign in again.");
    const content = answer.status === 204 ? null : await answer.json().catch(emptyUnlessLeft);
    if (answer.ok) return content;
    const sentence = content?.error || SENTENCES[answer.status] || "Something went wrong on our side. Try again in a minute.";
    const pause = answer.status === 503 && !content?.error ? GATEWAY_SECONDS : 0;
    throw new ApiError(sentence, answer.status, Number(answer.headers.get("Retry-After")) || pause);
  }

  async send(method, path, body, signal) {
    const headers = { Authorization: `Bearer ${await this.session.token()}` };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    try {
      return await fetch(this.address + path, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new OfflineError();
    }
  }
}

/**
 * Send a file by a presigned POST; `told` hears the share that is sent. The object's version id, or "". Throws ApiError,
 * ChangedFileError or OfflineError.
 */
export function sendFile({ url, fields }, file, told, signal) {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields || {})) form.append(name, value);
    form.append("file", file); // S3 ignores what comes behind it
    const request = new XMLHttpRequest(); // fetch tells nothing while it sends
    request.upload.addEventListener("progress", (event) => event.lengthComputable && told(event.loaded / event.total));
    request.addEventListener("load", () => {
      if (request.status < 300) resolve(request.getResponseHeader("x-amz-version-id") || "");
      else reject(new ApiError(refusal(request), request.status));
    });
    request.addEventListener("error", async () => reject((await isReadable(file)) ? new OfflineError() : new ChangedFileError(file.name)));
    request.addEventListener("abort", () => reject(new DOMException("left", "AbortError")));
    signal.addEventListener("abort", () => request.abort());
    request.open("POST", url);
    request.send(form);
  });
}

/** Whether a file is as it was chosen: nothing else tells why sending it has failed. */
const isReadable = (file) => file.slice(0, 1).arrayBuffer().then(() => true, () => false);

function refusal(request) {
  if (request.responseText.includes("EntityTooLarge")) return "The file is larger than it was said to be. Choose it again.";
  return "The file was not accepted, perhaps because too much time went by before it was sent. Send it once more.";
}

/** In place of an answer that is no JSON; whoever has left a view while its answer came must not get an empty one to show. */
function emptyUnlessLeft(error) {
  if (error.name === "AbortError") throw error;
  return {};
}

const part = (value) => encodeURIComponent(value);
const labellingPath = (path) => `/labelling/${path.split("/").map(part).join("/")}`; // CLASSIFIER/NAME
