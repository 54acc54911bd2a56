// The frame around the views: who is signed in, which view the address names, what waits to be sent.

import { Api, ApiError, ChangedFileError } from "./api.js";
import { fill, h, speak } from "./dom.js";
import { Outbox } from "./outbox.js";
import { OfflineError, Session, SignInError } from "./session.js";
import { loadContract, loadSettings } from "./settings.js";
import { notice } from "./parts.js";
import { showClassify } from "./views/classify.js";
import { showFile } from "./views/file.js";
import { showLabel } from "./views/label.js";
import { showLabelJob } from "./views/label_job.js";
import { showLabelList } from "./views/label_list.js";
import { showLabelNew } from "./views/label_new.js";
import { showJob } from "./views/job.js";
import { showJobs } from "./views/jobs.js";
import { showModel } from "./views/model.js";
import { showModels } from "./views/models.js";
import { showDisagreements } from "./views/disagreements.js";
import { showReview } from "./views/review.js";
import { showReviewList } from "./views/review_list.js";
import { showSignIn } from "./views/sign_in.js";
import { showUnsent } from "./unsent.js";

const ROUTES = [
  [/^\/classify$/, showClassify],
  [/^\/file$/, showFile],
  [/^\/jobs$/, showJobs],
  [/^\/jobs\/([^/]+)$/, showJob],
  [/^\/review$/, showReviewList],
  [/^\/review\/([^/]+)$/, showReview],
  [/^\/review\/([^/]+)\/disagreements$/, showDisagreements],
  [/^\/label$/, showLabelList],
  [/^\/label\/new$/, showLabelNew],
  [/^\/label\/([^/]+\/[^/]+)$/, showLabel],
  [/^\/label\/([^/]+\/[^/]+)\/job$/, showLabelJob],
  [/^\/models$/, showModels],
  [/^\/models\/([^/]+)$/, showModels],
  [/^\/models\/([^/]+)\/([^/]+)$/, showModel],
];
const FIRST = "#/classify";
const HOPELESS = [400, 404]; // statuses that the same request gets again

const main = document.getElementById("main");
const app = { settings: null, session: null, api: null, outbox: null, classifiers: [], user: {}, contract: null };
let leaving = new AbortController();
let wanted = "";

Object.defineProperty(app, "classifier", {
  get: () => app.classifiers.find(({ name }) => name === sessionStorage.getItem("classifier")) || app.classifiers[0] || null,
});

/** Look anew at the classifiers and the person. */
app.refresh = async (signal) => {
  const found = await app.api.classifiers(signal);
  app.classifiers = found.classifiers || [];
  app.user = found.user || {};
};

/** Show a view's title and take the focus there, so that a screen reader begins with it. */
app.title = (text, ...more) => {
  document.title = `${text} – Text Classification Kit`;
  const heading = h("h1", { tabindex: "-1" }, text);
  fill(main, h("div", { class: "title" }, heading, ...more));
  document.getElementById("spoken").textContent = ""; // it was about another view
  heading.focus({ preventScroll: true });
  scrollTo(0, 0);
};

/** What to show of an error at a place of a view; a session that is over leads to the sign-in instead. */
app.tell = (error, place, again) => {
  if (error.name === "AbortError") return;
  if (error instanceof SignInError) {
    leave(error.message);
    return;
  }
  const isKnown = [ApiError, ChangedFileError, OfflineError].some((kind) => error instanceof kind);
  if (!isKnown) console.error(error);
  const sentence = isKnown ? error.message : "This page has met something that it did not expect. Load it again.";
  const isFinal = HOPELESS.includes(error.status);
  fill(place, notice("bad", sentence, again && !isFinal && h("button", { type: "button", onclick: again }, "Try again")));
  speak(sentence);
};

async function start() {
  try {
    [app.settings, app.contract] = await Promise.all([loadSettings(), loadContract()]);
  } catch (error) {
    app.title("This page cannot start");
    main.append(notice("bad", error.message));
    return;
  }
  app.session = new Session(app.settings);
  app.api = new Api(app.settings.api, app.session);
  const stage = document.getElementById("stage");
  stage.textContent = app.settings.stage || "";
  stage.hidden = !app.settings.stage || app.settings.stage === "prod";
  addEventListener("hashchange", route);
  if (app.session.isOpen) await enter();
  else signIn();
}

/** Show the sign-in; afterwards goes on where the person wanted to go. */
function signIn(message = "") {
  wanted ||= location.hash.startsWith("#/") ? location.hash : FIRST;
  frame(false);
  renew();
  showSignIn(app, main, message, enter);
}

async function enter() {
  const target = wanted || location.hash;
  wanted = "";
  const signal = renew();
  app.title("One moment");
  try {
    await app.refresh(signal);
  } catch (error) {
    const place = main.appendChild(h("div"));
    app.tell(error, place, enter);
    return;
  }
  app.outbox?.stop();
  app.outbox = new Outbox(app.api, app.user.name || "");
  app.outbox.addEventListener("change", lookAtUnsent);
  app.outbox.hurry();
  frame(true);
  lookAtUnsent();
  if (location.hash === target) route();
  else location.hash = target.startsWith("#/") ? target : FIRST;
}

/** Sign out; answers that are not sent yet stay on this machine until the same person is back. */
function leave(message = "") {
  if (!message) wanted = FIRST; // whoever comes next begins at the beginning
  app.session.close();
  app.outbox?.stop();
  app.outbox = null;
  lookAtUnsent();
  signIn(message);
}

function renew() {
  leaving.abort();
  leaving = new AbortController();
  return leaving.signal;
}

function route() {
  if (!app.session.isOpen || !app.outbox) return;
  if (!location.hash.startsWith("#/")) {
    if (!location.hash) location.hash = FIRST;
    return; // "Skip to the content"
  }
  const path = location.hash.slice(1).split("?")[0];
  const signal = renew();
  for (const [pattern, show] of ROUTES) {
    const match = pattern.exec(path);
    if (match) {
      mark(path);
      const visit = { parameters: match.slice(1).map(decodeURIComponent), signal };
      lookForModel(signal)
        .then(() => signal.aborted || show(app, main, visit))
        .catch((error) => app.tell(error, main.appendChild(h("div")), route));
      return;
    }
  }
  location.hash = FIRST;
}

/** Whoever came before there was a model hears of the first one at the next view. */
async function lookForModel(signal) {
  if (!app.classifier?.current) await app.refresh(signal);
}

function mark(path) {
  for (const link of document.querySelectorAll("#menu a")) {
    const isHere = `${path}/`.startsWith(`${link.getAttribute("href").slice(1)}/`);
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** Menu, person and the choice of a classifier, which only those who are signed in see. */
function frame(isIn) {
  document.getElementById("menu").hidden = !isIn;
  const person = document.getElementById("person");
  person.hidden = !isIn;
  if (!isIn) return;
  const choice = h(
    "select",
    { id: "classifier", onchange: (event) => choose(event.target.value) },
    app.classifiers.map(({ name }) => h("option", { value: name, selected: name === app.classifier?.name }, name)),
  );
  fill(
    person,
    app.classifiers.length > 1 && h("label", { class: "choice" }, h("span", {}, "Classifier"), choice),
    h("span", { class: "who" }, app.user.name || ""),
    h("button", { type: "button", class: "quiet", onclick: () => leave() }, "Sign out"),
  );
}

function choose(name) {
  sessionStorage.setItem("classifier", name);
  if (location.hash.startsWith("#/models/")) location.hash = "#/models"; // the address names another one
  else route();
}

function lookAtUnsent() {
  if (app.outbox?.problem instanceof SignInError && app.outbox.waiting.length) {
    leave("Your session is over. Your answers are kept; they are sent when you have signed in again.");
    return;
  }
  showUnsent(document.getElementById("unsent"), app.outbox);
}

addEventListener("offline", lookAtUnsent);
for (const kind of ["dragover", "drop"]) addEventListener(kind, keepPage);

/** A file that is dropped where nobody takes it would be shown in place of this page. */
function keepPage(event) {
  const isTaken = event.target.closest?.("input[type=file]:enabled");
  if (event.dataTransfer?.types.includes("Files") && !isTaken) event.preventDefault();
}

start();
