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
