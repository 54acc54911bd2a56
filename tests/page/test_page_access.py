"""Every view for everybody: axe finds nothing, in light and dark, on a phone and on a desk, and a keyboard is enough."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_documents import JOB, OWNER, TRAINING
from fake_service import FakeService
from page_visits import DESKTOP, PHONE, Visit, violations
from playwright.sync_api import Page, expect

from stacks.sources import ROOT

# the view's name, its address, and a sentence that is there when it is complete
VIEWS = {
    "sign in": ("", "Use the e-mail address"),
    "one text": ("/classify", "The label is"),
    "a file": ("/file", "The first texts in it"),
    "jobs": ("/jobs", "labelled.csv"),
    "job": (f"/jobs/{JOB}", "What came of it"),
    "refused job": (f"/jobs/{TRAINING}", "Refused"),
    "reviews": ("/review", "answers so far"),
    "review": (f"/review/{JOB}", "Or which label is right?"),
    "disagreements": (f"/review/{JOB}/disagreements", "the surest answer first"),
    "labelling jobs": ("/label", "Where there is no model yet"),
    "label": ("/label/main/first", "Which label is right?"),
    "labelling job": ("/label/main/first/job", "How well people agree"),
    "new labelling job": ("/label/new", "claims.csv"),
    "models": ("/models", "Version 3"),
    "model": ("/models/main/3", "How much can it do alone?"),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desk"])
def test_axe_finds_nothing_in_any_view(
    visit: Visit, service: FakeService, viewport: dict[str, int], scheme: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """No view breaks a rule of WCAG 2.2 AA that a tool can judge, or runs out of the side of the screen."""
    service.steps = 0
    folder = request.config.getoption("--screenshots") or tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    page = visit(viewport=viewport, scheme=scheme)
    problems = {}
    for name, (view, sentence) in VIEWS.items():
        if view == "/classify":
            page.close()
            page = visit(OWNER, view, viewport=viewport, scheme=scheme)
            classify(page)
        elif view:
            page.evaluate("view => { location.hash = view }", view)
        if view == "/file":
            page.get_by_label("Drop a table here").set_input_files(ROOT / "data" / "samples" / "claims_excel.csv")
        expect(page.get_by_text(sentence).first).to_be_visible()
        page.screenshot(path=folder / f"{name.replace(' ', '_')}-{scheme}-{viewport['width']}.png", full_page=True)
        problems[name] = violations(page)
        page.set_viewport_size({**viewport, "width": min(viewport["width"], 320)})  # also when a phone is small, or the text twice as large
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            problems[name].append("wider than the screen")
        page.set_viewport_size(viewport)
    assert problems == {name: [] for name in VIEWS}


def classify(page: Page) -> None:
    """Type a text and send it by the keyboard."""
    page.get_by_label("The text").fill("It leaks; the carpet is soaked with water.")
    page.keyboard.press("Control+Enter")
