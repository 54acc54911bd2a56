"""How the tests come to the page, and what they ask of it wherever it is."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import ConsoleMessage, Page

from stacks.sources import ROOT

PHONE, DESKTOP = {"width": 375, "height": 740}, {"width": 1280, "height": 900}
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

Visit = Callable[..., Page]  # the fixture `visit`


def listen(page: Page, complaints: list[str]) -> None:
    """Collect what the browser complains about: uncaught errors, errors in the console, what the page's policy forbids."""
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(_told(message)) if message.type == "error" else None)
    forbidden = "addEventListener('securitypolicyviolation', (event) => console.error(`forbidden: ${event.violatedDirective}`))"
    page.add_init_script(forbidden)


def _told(message: ConsoleMessage) -> str:
    return f"{message.text} {message.location['url']}"


def sign_in(page: Page, user: str, password: str) -> None:
    """Fill in the form."""
    page.get_by_label("E-mail address").fill(user)
    page.get_by_label("Password", exact=True).fill(password)
    page.keyboard.press("Enter")


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on what has this name. Fails when it is nowhere among the next places."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if name in page.evaluate("(document.activeElement.labels?.[0]?.innerText || document.activeElement.innerText || '').trim()"):
            return
    raise AssertionError(f"the keyboard does not reach {name}")


def until_sent(page: Page, *, left: int = 0) -> None:
    """Wait until no more answers than these are left on the device. Fails after some seconds."""
    deadline = time.monotonic() + 10
    while page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('answer/')).length") > left:
        assert time.monotonic() < deadline, "answers are still waiting to be sent"
        page.wait_for_timeout(20)


def violations(page: Page) -> list[str]:
    """What axe has to say of the page as it is now."""
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)
    return [
        f"{entry['id']}: {node['html'][:120]} {node['failureSummary'][:200]}" for entry in found["violations"] for node in entry["nodes"]
    ]
