"""Who signs in, and what becomes of a session."""

from __future__ import annotations

from fake_documents import CLERK, FIRST_PASSWORD, NEW_PASSWORD, NEWCOMER, PASSWORD
from page_visits import Visit, sign_in, tab_to
from playwright.sync_api import expect


def test_a_wrong_password_is_told_and_the_right_one_leads_in(visit: Visit) -> None:
    """The focus begins in the form, a refusal is an alert, and the wanted view comes after the sign-in."""
    page = visit(view="/jobs")
    page.keyboard.type(CLERK)
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The e-mail address or the password is not right.")
    expect(alert).to_contain_text("if you no longer know it, ask whoever invited you for a new one.")
    expect(alert).not_to_contain_text("session")
    sign_in(page, CLERK, PASSWORD)
    expect(page.get_by_role("heading", name="Jobs")).to_be_focused()
    assert "refresh" not in page.evaluate("JSON.stringify(localStorage)")


def test_the_first_sign_in_asks_for_a_password_of_ones_own(visit: Visit) -> None:
    """The second form is there without a mouse, and two different entries are told."""
    page = visit()
    sign_in(page, NEWCOMER, FIRST_PASSWORD)
    expect(page.get_by_label("New password")).to_be_focused()
    page.keyboard.type(NEW_PASSWORD)
    tab_to(page, "The same once more")
    page.keyboard.type("another one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("The two passwords differ")
    for label in ("New password", "The same once more"):
        page.get_by_label(label).fill("leaks2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("lacks 6 more characters and a capital letter and a sign, such as ! or -.")
    for label in ("New password", "The same once more"):
        page.get_by_label(label).fill(NEW_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Classify one text")).to_be_visible()
    expect(page.locator("#spoken")).to_be_empty()  # what was said of the form is over


def test_a_session_that_ends_leads_to_the_sign_in_and_back(visit: Visit) -> None:
    """After the sign-in the person is where they were."""
    page = visit(CLERK, "/models")
    expect(page.get_by_text("Version 3")).to_be_visible()
    page.evaluate("sessionStorage.setItem('session', JSON.stringify({ user: 'x', id: '', refresh: null, until: 9e9 }))")
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("Please sign in again")
    sign_in(page, CLERK, PASSWORD)
    expect(page.get_by_role("heading", name="Models")).to_be_visible()


def test_an_old_token_is_renewed_unseen(visit: Visit) -> None:
    """A clerk who comes back from lunch goes on working."""
    page = visit(CLERK, "/jobs")
    expect(page.get_by_text("claims.csv")).to_be_visible()
    page.evaluate("sessionStorage.setItem('session', JSON.stringify({ ...JSON.parse(sessionStorage.session), id: 'old', until: 0 }))")
    page.reload()
    expect(page.get_by_text("claims.csv")).to_be_visible()
