// What the deployment wrote for this page.

/** The content of settings.json. Throws an Error with a sentence when the page was published without it. */
export async function loadSettings() {
  const answer = await fetch("settings.json", { cache: "no-store" });
  if (!answer.ok) throw new Error("This page is not set up yet: settings.json is missing. Deploy the stack once more.");
  const found = await answer.json();
  return { ...found, api: String(found.api || "").replace(/\/+$/, "") };
}

/** The names by which columns are known, as the kit's own reader knows them. */
export async function loadColumnNames() {
  try {
    const answer = await fetch("columns.json");
    return answer.ok ? await answer.json() : { text: [], label: [] };
  } catch {
    return { text: [], label: [] };
  }
}
