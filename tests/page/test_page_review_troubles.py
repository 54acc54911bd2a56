"""Answers of a review that must not be lost: offline, by a reload, by another person, by a server in trouble."""

from __future__ import annotations

from fake_documents import CLERK, JOB, OWNER, PASSWORD
from fake_service import FakeService
from page_visits import Visit, sign_in, until_sent, violations
from playwright.sync_api import Page, expect


def _answered_offline(visit: Visit) -> Page:
    """A review whose first answer waits on the device for the network."""
    page = visit(CLERK, f"/review/{JOB}")
    expect(page.get_by_text("Row 17 of the results")).to_be_visible()
    page.context.set_offline(True)
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 answer not sent yet")).to_be_visible()
    return page


def test_no_answer_is_lost_offline_or_by_a_reload(visit: Visit, service: FakeService) -> None:
    """Answers given without a network are told to be unsent, survive the closed page, and arrive; no text is kept on the device."""
    page = _answered_offline(visit)
    page.keyboard.press("2")
    page.keyboard.press("3")
    page.keyboard.press("u")
    expect(page.get_by_text("3 answers not sent yet")).to_be_visible()  # the last takes one back
    assert service.corrections == {}
    assert "carpet" not in page.evaluate("JSON.stringify(localStorage)")
    page.goto("about:blank")
    page.context.set_offline(False)
    page.go_back()
    expect(page.get_by_text("2 of 7 rows answered")).to_be_visible()
    expect(page.get_by_text("Row 211 of the results")).to_be_visible()
    until_sent(page)
    assert service.corrections == {17: "leak", 4: "leak"}


def test_an_answer_of_one_person_is_never_sent_by_another(visit: Visit, service: FakeService) -> None:
    """What waits on a shared device waits for the person who gave it."""
    page = _answered_offline(visit)
    page.get_by_role("button", name="Sign out").click()
    page.context.set_offline(False)
    sign_in(page, OWNER, PASSWORD)
    expect(page.get_by_role("heading", name="Classify one text")).to_be_visible()  # and not where the other one was
    page.evaluate("hash => (location.hash = hash)", f"#/review/{JOB}")
    expect(page.get_by_text("0 of 7 rows answered")).to_be_visible()
    assert service.corrections == {}
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, CLERK, PASSWORD)
    expect(page.get_by_role("heading", name="Classify one text")).to_be_visible()
    page.evaluate("hash => (location.hash = hash)", f"#/review/{JOB}")
    expect(page.get_by_text("1 of 7 rows answered")).to_be_visible()


def test_a_session_that_ends_amid_a_review_loses_nothing(visit: Visit, service: FakeService) -> None:
    """The answer waits for the person to sign in again, and then arrives; the review goes on where it was."""
    page = visit(CLERK, f"/review/{JOB}")
    expect(page.get_by_text("Row 17 of the results")).to_be_visible()
    service.is_session_over = True
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Your answers are kept")
    service.is_session_over = False
    sign_in(page, CLERK, PASSWORD)
    expect(page.get_by_text("1 of 7 rows answered")).to_be_visible()
    until_sent(page)
    assert service.corrections == {17: "leak"}


def test_an_answer_that_the_server_fails_at_lets_the_others_pass(visit: Visit, service: FakeService) -> None:
    """Its row is named with the server's word instead of blaming the network, and it arrives once the server can."""
    service.refusals = {17: 500}
    page = visit(CLERK, f"/review/{JOB}")
    expect(page.get_by_text("Row 17 of the results")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("2")
    unsent = page.locator("#unsent")
    expect(unsent).to_contain_text(f"Row 17 of {JOB}: the answer ‘leak’ did not get through. No answer to row 17 is taken.")
    expect(unsent).not_to_contain_text("network")
    page.keyboard.press("Enter")  # 211: noise
    expect(page.get_by_text("3 of 7 rows answered")).to_be_visible()
    until_sent(page, left=1)
    assert service.corrections == {4: "leak", 211: "noise"}
    service.refusals = {}
    until_sent(page)
    expect(unsent).to_be_hidden()
    assert service.corrections == {4: "leak", 17: "leak", 211: "noise"}


def test_a_server_that_fails_at_everything_is_left_alone_for_a_while(visit: Visit, service: FakeService) -> None:
    """Three failures end a try, the next one begins with others, and in the end nothing is left over."""
    service.refusals = dict.fromkeys((17, 4, 211, 8, 90), 502)
    page = visit(CLERK, f"/review/{JOB}")
    expect(page.get_by_text("Row 17 of the results")).to_be_visible()
    page.context.set_offline(True)
    for answered in range(1, 6):
        page.keyboard.press("Enter")
        expect(page.get_by_text(f"{answered} of 7 rows answered")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#unsent")).to_contain_text("The same with 2 more answers.")
    asked = [int(path.rpartition("/")[2]) for method, path, _ in service.asked if method == "PUT"]
    assert set(asked[:3]) == {17, 4, 211}
    assert set(asked[3:5]) == {8, 90}
    service.refusals = {}
    page.evaluate("dispatchEvent(new Event('online'))")
    until_sent(page)
    assert set(service.corrections) == {17, 4, 211, 8, 90}


def test_a_refused_answer_is_kept_until_the_person_says_otherwise(visit: Visit, service: FakeService) -> None:
    """A reload does not lose it, its row is asked about again, a new answer takes its place, and it can be dismissed."""
    service.refusals = {17: 409, 4: 409}
    page = visit(CLERK, f"/review/{JOB}")
    expect(page.get_by_text("Row 17 of the results")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("2")
    unsent = page.locator("#unsent")
    expect(unsent).to_contain_text(f"Row 17 of {JOB}: the answer ‘leak’ was not accepted. No answer to row 17 is taken.")
    expect(unsent).to_contain_text(f"Row 4 of {JOB}")
    expect(page.get_by_text("Row 211 of the results")).to_be_visible()
    unsent.get_by_role("link", name=f"Row 17 of {JOB}").press("Enter")
    expect(page.get_by_text("Row 17 of the results")).to_be_visible()
    page.reload()
    expect(unsent).to_contain_text("No answer to row 17 is taken.")
    expect(page.get_by_text("Row 17 of the results")).to_be_visible()
    assert violations(page) == []
    service.refusals = {}
    page.keyboard.press("1")
    expect(unsent).not_to_contain_text("row 17")
    expect(unsent).to_contain_text("No answer to row 4 is taken.")
    page.get_by_role("button", name="Dismiss the answer to row 4").press("Enter")
    expect(unsent).to_be_hidden()
    until_sent(page)
    assert service.corrections == {17: "cracked"}
