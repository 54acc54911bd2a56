// Who is signed in. Tokens live in memory and in sessionStorage: they go when the tab does.

const STORE = "session";
const EARLY_SECONDS = 60; // a token is renewed so long before it ends

/** Sign-in by the user pool's own API, without a library. */
export class Session {
  constructor({ sign_in, client_id }) {
    this.address = sign_in;
    this.client = client_id;
    this.tokens = JSON.parse(sessionStorage.getItem(STORE) || "null");
    this.renewal = null;
  }

  get isOpen() {
    return this.tokens !== null;
  }

  /** Sign in; what the pool asks for instead ({challenge, session, user}), or null. Throws SignInError. */
  async open(user, password) {
    const answer = await this.ask("InitiateAuth", {
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: user, PASSWORD: password },
    });
    return this.take(answer, user);
  }

  /** Answer the demand for a password of one's own. */
  async choosePassword({ session, user }, password) {
    const answer = await this.ask("RespondToAuthChallenge", {
      ChallengeName: "NEW_PASSWORD_REQUIRED",
      Session: session,
      ChallengeResponses: { USERNAME: user, NEW_PASSWORD: password },
    });
    return this.take(answer, user);
  }

  /** A token that is good for a while. Throws SignInError when the session is over. */
  async token() {
    if (!this.tokens) throw new SignInError("Please sign in.");
    if (Date.now() / 1000 > this.tokens.until - EARLY_SECONDS) await this.renew();
    return this.tokens.id;
  }

  /** Get a new token by the refresh token; several callers share one request. */
  async renew() {
    this.renewal ||= this.refreshed().finally(() => (this.renewal = null));
    return this.renewal;
  }

  close() {
    this.tokens = null;
    sessionStorage.removeItem(STORE);
  }

  async refreshed() {
    const refresh = this.tokens?.refresh;
    if (!refresh) throw new SignInError("Please sign in again.");
    const answer = await this.ask("InitiateAuth", { AuthFlow: "REFRESH_TOKEN_AUTH", AuthParameters: { REFRESH_TOKEN: refresh } });
    this.take(answer, this.tokens?.user);
  }

  take(answer, user) {
    if (answer.ChallengeName) {
      if (answer.ChallengeName !== "NEW_PASSWORD_REQUIRED") {
        throw new SignInError(`Your account asks for ${answer.ChallengeName}, which this page cannot do. Ask who gave you the account.`);
      }
      return { challenge: answer.ChallengeName, session: answer.Session, user: answer.ChallengeParameters?.USER_ID_FOR_SRP || user };
    }
    const given = answer.AuthenticationResult || {};
    this.tokens = {
      user,
      id: given.IdToken,
      refresh: given.RefreshToken || this.tokens?.refresh,
      until: Date.now() / 1000 + (given.ExpiresIn || 3600),
    };
    sessionStorage.setItem(STORE, JSON.stringify(this.tokens));
    return null;
  }

  async ask(operation, body) {
    let answer;
    try {
      answer = await fetch(this.address, {
        method: "POST",
        headers: { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": `AWSCognitoIdentityProviderService.${operation}` },
        body: JSON.stringify({ ClientId: this.client, ...body }),
      });
    } catch {
      throw new OfflineError();
    }
    const content = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new SignInError(sentenceOf(content, body.AuthFlow === "USER_PASSWORD_AUTH"));
    return content;
  }
}

/** The sign-in did not work; the message says why. */
export class SignInError extends Error {}

/** Nobody could be reached. */
export class OfflineError extends Error {
  constructor() {
    super("There is no connection. Check the network and try again.");
  }
}

/** Why the user pool refused; `isPassword`: a password was asked about, not a session. */
function sentenceOf({ __type = "", message = "" }, isPassword) {
  const kind = __type.split("#").pop();
  return (
    {
      NotAuthorizedException: isPassword ? refused(message) : "Your session is over. Please sign in again.",
      UserNotFoundException: refused(""),
      InvalidPasswordException: message || "That password is too simple. Take a longer one with letters of both cases, figures and signs.",
      PasswordResetRequiredException: "Your password has to be set anew. Ask who gave you the account.",
      TooManyRequestsException: "Too many tries in a short time. Wait a minute and try again.",
    }[kind] || "Signing in did not work. Try again; if it fails again, ask who gave you the account."
  );
}

/** A password that is not taken; the user pool has one kind of refusal for all reasons, and a sentence for each. */
function refused(message) {
  if (/expired/i.test(message)) return "The password that you were given holds no longer. Ask whoever gave it to you for a new one.";
  if (/attempts exceeded/i.test(message)) return "Too many tries with a wrong password. Wait a quarter of an hour and try again.";
  return "The e-mail address or the password is not right. Small and capital letters differ; if you no longer know it, ask whoever invited you for a new one.";
}
