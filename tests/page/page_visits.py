"""How the tests come to the page."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

PHONE, DESKTOP = {"width": 375, "height": 740}, {"width": 1280, "height": 900}

Visit = Callable[..., Page]  # the fixture `visit`


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
