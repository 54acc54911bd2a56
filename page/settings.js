// What the deployment wrote for this page.

/** The content of settings.json. Throws an Error with a sentence when the page was published without it. */
export async function loadSettings() {
  const answer = await fetch("settings.json", { cache: "no-store" });
  if (!answer.ok) throw new Error("This page is not set up yet: settings.json is missing. Deploy the stack once more.");
  const found = await answer.json();
  return { ...found, api: String(found.api || "").replace(/\/+$/, "") };
}

/** What the page and the kit agree on: names of columns, error rates that can be promised and the usual one, how long a password must be. */
export async function loadContract() {
  const none = { text: [], label: [], max_errors: [], usual_max_error: "", min_password_chars: 0 };
  try {
    const answer = await fetch("contract.json");
    return answer.ok ? { ...none, ...(await answer.json()) } : none;
  } catch {
    return none;
  }
}
