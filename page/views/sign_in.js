// Signing in, and choosing a password of one's own the first time.

import { fill, h, speak } from "../dom.js";
import { notice } from "../parts.js";
import { counted } from "../words.js";

/** `entered` is called when the person is signed in. */
export function showSignIn(app, main, message, entered) {
  app.title("Sign in");
  const place = main.appendChild(h("div", { class: "card narrow" }));
  askPassword(app, place, message, entered);
}

function askPassword(app, place, message, entered) {
  const user = h("input", { id: "user", name: "username", type: "text", autocomplete: "username", inputmode: "email", required: true });
  const password = h("input", { id: "password", name: "password", type: "password", autocomplete: "current-password", required: true });
  form(
    place,
    message,
    "Use the e-mail address and the password that you were given.",
    [
      ["E-mail address", user],
      ["Password", password],
    ],
    "Sign in",
    async () => {
      const demand = await app.session.open(user.value.trim(), password.value);
      if (demand) askNewPassword(app, place, demand, entered);
      else await entered();
    },
  );
}

function askNewPassword(app, place, demand, entered) {
  const least = app.contract.min_password_chars;
  const first = h("input", { id: "new-password", type: "password", autocomplete: "new-password", required: true });
  const second = h("input", { id: "new-password-again", type: "password", autocomplete: "new-password", required: true });
  const told =
    "This is your first time here. Choose a password of your own; the one that you were given ends now." +
    (least ? ` It takes ${least} characters at least: small and capital letters, figures and signs.` : "");
  form(
    place,
    "",
    told,
    [
      ["New password", first],
      ["The same once more", second],
    ],
    "Keep this password",
    async () => {
      if (first.value !== second.value) throw new Error("The two passwords differ. Type both again.");
      const missing = lacking(first.value, least);
      if (missing.length) throw new Error(`This password lacks ${missing.join(" and ")}.`);
      const demanded = await app.session.choosePassword(demand, first.value);
      if (!demanded) await entered();
    },
  );
  speak(told);
}

const KINDS = [
  [/[a-z]/, "a small letter"],
  [/[A-Z]/, "a capital letter"],
  [/[0-9]/, "a figure"],
  [/[^A-Za-z0-9]/, "a sign, such as ! or -"],
];

/** What a password lacks: all of it at once, where the user pool tells one thing after the other. */
function lacking(password, least) {
  const short = least - password.length;
  const kinds = KINDS.filter(([kind]) => !kind.test(password)).map(([, name]) => name);
  return [short > 0 && counted(short, "more character"), ...kinds].filter(Boolean);
}

function form(place, message, told, fields, action, submit) {
  const problem = h("div", { role: "alert" }, message && notice("note", message));
  const button = h("button", { type: "submit", class: "primary" }, action);
  const submitted = async (event) => {
    event.preventDefault();
    button.disabled = true;
    fill(problem);
    try {
      await submit();
    } catch (error) {
      fill(problem, notice("bad", error.message));
      fields[0][1].focus();
    } finally {
      button.disabled = false;
    }
  };
  fill(
    place,
    h(
      "form",
      { onsubmit: submitted },
      h("p", { class: "hint" }, told),
      problem,
      fields.map(([name, input]) => h("div", { class: "field" }, h("label", { for: input.id }, name), input)),
      h("div", { class: "actions" }, button),
    ),
  );
  fields[0][1].focus();
}
