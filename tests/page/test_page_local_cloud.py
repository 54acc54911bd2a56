"""The page at its real address on a local cloud: an owner's day, from the invitation to a model that learned from her answers.

The tests share one browser tab, as a person does, and each makes by fixtures what it needs of those before.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest
from local_kit import SAMPLES, LocalKit
from owners_desk import Desk, claims
from page_visits import DESKTOP, listen, sign_in, until_sent
from playwright.sync_api import Browser, expect

from contract.layout import corrections_prefix
from contract.records import Job
from contract.review_ledger import ReviewLedger
from contract.table import PREDICTION_COLUMNS
from kit.assembly import synthesize
from local.cloud import start

OWNER, CHOSEN = "olga@example.org", "Chosen-By-Her-2026"
MADE = "Frost damage"  # a label that no file has
NAME = "Ansprüche März.csv"
# what the browser says of answers that tell a page to wait: the model warms up, an event is on its way, labels are too few
AWAITED = re.compile(r"Failed to load resource: .* (503 .*/classifications|404 .*/jobs/train-[^/]*|409 .*/finish)$")
MINUTES = 60_000  # milliseconds

pytestmark = pytest.mark.timeout(600)  # the first test waits for a cloud and a training, too


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKit]:
    """A local cloud as `kit up` starts it."""
    state = tmp_path_factory.mktemp("state")
    cloud = start(synthesize(), state)
    try:
        yield LocalKit(cloud, state)
    finally:
        cloud.stop()


@pytest.fixture(scope="module")
def desk(kit: LocalKit, browser: Browser, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """An owner who was invited, and has signed in with the password that she was given."""
    pictures = request.config.getoption("--screenshots") or tmp_path_factory.mktemp("pictures")
    pictures.mkdir(parents=True, exist_ok=True)
    invited = kit("user", "add", OWNER, "--owner", "--json")
    assert invited.status == 0, invited.errors
    context = browser.new_context(viewport=DESKTOP, reduced_motion="reduce", locale="en-GB", timezone_id="UTC")
    context.set_default_timeout(15_000)
    desk = Desk(context.new_page(), pictures)
    listen(desk.page, desk.complaints)
    desk.page.goto(kit.deployment.page_url.replace("https://", "http://"))
    sign_in(desk.page, OWNER, invited.json["temporary_password"])
    desk.page.get_by_label("New password").fill(CHOSEN)
    desk.page.get_by_label("The same once more").fill(CHOSEN)
    desk.look("new password")
    desk.page.get_by_role("button", name="Keep this password").click()
    expect(desk.page.locator("#person")).to_contain_text(OWNER)
    yield desk
    context.close()


@pytest.fixture(scope="module")
def first_model(kit: LocalKit) -> Job:
    """The training of the first model."""
    job = kit.wait(kit.put_training("warranty.csv", (SAMPLES / "warranty_train.csv").read_bytes()))
    assert job.status == "done", job.message
    return job


@pytest.fixture(autouse=True)
def quiet(desk: Desk) -> Iterator[None]:
    """Neither the browser nor axe finds anything wrong with what a test does."""
    yield
    found, desk.complaints[:] = list(desk.complaints), []
    assert [text for text in found if not AWAITED.match(text)] == []


@pytest.fixture(scope="module")
def job(kit: LocalKit, desk: Desk, first_model: Job) -> Job:
    """A file in Windows-1252 with semicolons and quoted line ends, dropped onto the page, at its end."""
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(claims())
    desk.go("/file")
    desk.drop(NAME, text.getvalue().encode("cp1252"))
    facts = desk.page.locator(".facts")
    expect(facts).to_contain_text("EncodingWindows-1252")
    expect(facts).to_contain_text("Separated bysemicolon")
    expect(facts).to_contain_text(f"Rows{len(claims()) - 1}")
    desk.page.get_by_label("How many mistakes may slip through?").select_option("10")
    desk.look("a file")
    desk.page.get_by_role("button", name="Send and classify").click()
    expect(desk.page).to_have_url(re.compile("#/jobs/predict-"))
    expect(desk.page.get_by_role("heading", name="What came of it")).to_be_visible(timeout=2 * MINUTES)
    return kit.wait(desk.page.url.rpartition("/")[2])


def test_a_text_is_classified(desk: Desk, first_model: Job) -> None:
    """As soon as the model is behind its endpoint; until then the page waits by itself."""
    desk.page.reload()
    desk.go("/classify")
    desk.page.get_by_label("The text").fill("The screen of the phone cracked when it fell, and now it leaks")
    desk.page.keyboard.press("Control+Enter")
    expect(desk.main.get_by_text("% sure")).to_be_visible(timeout=2 * MINUTES)
    expect(desk.main.get_by_text(f"Answered by model {first_model.model_version}.")).to_be_visible()
    expect(desk.main.get_by_role("table", name="Words that spoke for")).to_be_visible()
    desk.look("one text")


def test_a_summary_tells_the_promise(desk: Desk, job: Job) -> None:
    """The one that was asked for, and how many rows it is about."""
    desk.go(f"/jobs/{job.job_id}")
    accepted = job.rows_in - job.rows_to_review
    expect(
        desk.main.get_by_text(
            f"{accepted} rows ({100 * accepted / job.rows_in:.0f} % of the file) need no review; at most 10 % of such rows are wrong"
        )
    ).to_be_visible()
    expect(desk.main.get_by_role("link", name="Review the rows most worth a look")).to_be_visible()
    expect(desk.main.get_by_role("link", name="summary.json")).to_be_visible()
    desk.look("job")
    desk.go("/jobs")
    expect(desk.main.get_by_role("link", name=NAME)).to_be_visible()
    desk.look("jobs")


def test_results_are_downloaded(desk: Desk, job: Job) -> None:
    """Through the link, under the file's own name: every row as it was, accents and line ends too, with its label."""
    desk.go(f"/jobs/{job.job_id}")
    with desk.page.expect_download() as download:
        desk.main.get_by_role("link", name=NAME.replace(".csv", "_results.csv")).click()
    assert download.value.suggested_filename == NAME.replace(".csv", "_results.csv")
    text = download.value.path().read_bytes().decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    sent = claims()
    own = len(sent[0])
    assert header[:own] == sent[0]
    assert tuple(header[own:]) == PREDICTION_COLUMNS
    assert [row[:own] for row in rows] == sent[1:]
    assert all(row[own] for row in rows)


def test_a_review_outlives_a_reload(kit: LocalKit, desk: Desk, job: Job) -> None:
    """Answers by a number key, by Enter and by a new label; one is undone, and the page is loaded anew right after a key."""
    page = desk.page
    desk.go("/review")
    expect(desk.main.get_by_text("answers so far")).to_be_visible()
    desk.look("reviews")
    desk.main.get_by_role("link", name=NAME).click()
    said: dict[int, str] = {}
    said[_row(desk)] = desk.main.locator(".choices button").nth(1).locator("span").first.inner_text()
    page.keyboard.press("2")
    expect(page.get_by_role("progressbar", name="1 of")).to_be_visible()
    second = _row(desk)
    said[second] = desk.main.locator(".said strong").first.inner_text()
    page.keyboard.press("Enter")
    page.reload()
    expect(page.get_by_role("progressbar", name="2 of")).to_be_visible()
    said[_row(desk)] = MADE
    page.get_by_label("a new").fill(MADE)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=f"Make {MADE} a new label")).to_be_focused()
    desk.look("review")
    page.keyboard.press("Enter")
    expect(page.get_by_role("progressbar", name="3 of")).to_be_visible()
    undone = _row(desk)
    page.keyboard.press("1")
    expect(page.get_by_role("progressbar", name="4 of")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_role("progressbar", name="3 of")).to_be_visible()
    assert _row(desk) == undone
    until_sent(page)
    page.reload()
    expect(page.get_by_role("progressbar", name="3 of")).to_be_visible()
    table = kit.session.resource("dynamodb").Table(kit.deployment.ledger_table)
    answers = [answer for answer in ReviewLedger(table).answers(job.job_id) if answer.label]
    assert {answer.row: (answer.label, answer.by) for answer in answers} == {row: (label, OWNER) for row, label in said.items()}
    kept = kit.s3.list_objects_v2(Bucket=kit.deployment.train_bucket, Prefix=corrections_prefix("main"))
    assert kept["KeyCount"] == len(said)
    desk.go(f"/jobs/{job.job_id}")
    with page.expect_download() as download:
        desk.main.get_by_role("button", name="Download the rows with the answers of the review").click()
    assert download.value.suggested_filename == NAME.replace(".csv", "_answered.csv")
    header, *rows = csv.reader(io.StringIO(download.value.path().read_bytes().decode("utf-8-sig"), newline=""), delimiter=";")
    own = len(claims()[0])
    assert [row[:own] for row in rows] == claims()[1:]
    assert header[-2:] == ["final_label", "answered_by"]
    assert {number: row[-2] for number, row in enumerate(rows, 1) if row[-1] == OWNER} == said
    assert all(row[-2] == row[own] for row in rows if not row[-1])  # else it is the model's
    desk.look("answered")


def _row(desk: Desk) -> int:
    """The number of the row that is asked about."""
    name = desk.main.locator("#row-name")
    expect(name).to_be_visible()
    return int(re.sub(r"\D", "", name.inner_text()))


def test_disagreements_are_answered(desk: Desk, job: Job) -> None:
    """Where the file's own category contradicts a sure model, who is right is one press of a button."""
    desk.go(f"/review/{job.job_id}/disagreements")
    rows, pressed = desk.main.locator(".ranked > li"), desk.page.locator("[aria-pressed=true]")
    name = rows.filter(has_not=pressed).first.get_by_role("heading").inner_text()  # the others were answered in the review
    row = rows.filter(has=desk.page.get_by_role("heading", name=name, exact=True))
    row.get_by_role("button", name="The file is right").click()
    expect(row.locator(pressed)).to_contain_text("The file is right")
    until_sent(desk.page)
    desk.look("disagreements")
    row.get_by_role("button", name="Undo").click()
    expect(row.locator(pressed)).to_have_count(0)
    until_sent(desk.page)


def test_a_new_training_is_followed_and_its_model_moved(kit: LocalKit, desk: Desk, job: Job, first_model: Job) -> None:
    """Whoever is an owner trains on the answers, puts the new model in use if the gate did not, and goes back."""
    desk.go("/models")
    desk.main.get_by_role("button", name="Train a new model").click()
    desk.look("train anew")
    desk.page.get_by_role("dialog").get_by_role("button", name="Train", exact=True).click()
    expect(desk.page).to_have_url(re.compile("#/jobs/train-"), timeout=MINUTES)
    expect(desk.main.get_by_text("The training is over.")).to_be_visible(timeout=3 * MINUTES)
    desk.look("training")
    fresh = kit.wait(desk.page.url.rpartition("/")[2]).model_version
    assert fresh > first_model.model_version
    desk.go(f"/models/main/{fresh}")
    for title in ("What it can promise", f"What changed against version {first_model.model_version}", "What it takes for what"):
        expect(desk.main.get_by_role("heading", name=title)).to_be_visible()
    desk.look("model")
    promotion = desk.main.get_by_role("button", name="Use this version")
    if promotion.count():
        promotion.click()
        desk.page.get_by_role("dialog").get_by_role("button", name="Use it").click()
        expect(desk.main.get_by_role("status").filter(has_text=f"Version {fresh} is in use now.")).to_be_visible()
    assert _current(kit)[0] == fresh
    desk.main.get_by_role("link", name="All models").click()
    expect(desk.main.get_by_role("listitem").filter(has_text=f"Version {fresh}")).to_contain_text("in use")
    desk.look("models")
    desk.main.get_by_role("button", name="Go back to version 1").click()
    desk.page.get_by_role("dialog").get_by_role("button", name="Go back").click()
    expect(desk.main.get_by_role("status").filter(has_text=f"Version {first_model.model_version} is in use now.")).to_be_visible()
    assert _current(kit) == (first_model.model_version, OWNER)


def _current(kit: LocalKit) -> tuple[int, str]:
    """The model in use, and who says so."""
    current = kit.ledger.current("main")
    assert current
    return current.version, current.by


def test_texts_are_labelled_from_scratch(desk: Desk) -> None:
    """A file without labels becomes a labelling job, keys answer it, and the job says what a training would lack."""
    desk.go("/label/new")
    desk.page.get_by_label("Name of the job").fill("spring")
    desk.page.get_by_label("For the classifier").fill("tone")
    desk.page.get_by_label("Labels").fill("kind: thanks or praise\nangry: threats or insults")
    desk.page.get_by_label("How many people label each text").select_option("1")
    desk.page.get_by_label("Or send a file with texts").set_input_files(
        {"name": "tone.csv", "mimeType": "text/csv", "buffer": "text\nDanke für die schnelle Hilfe\nNever again, thieves!\nOK\n".encode()}
    )
    expect(desk.page.get_by_label("tone.csv")).to_be_checked()
    desk.look("new labelling job")
    desk.page.get_by_role("button", name="Make the job").click()
    expect(desk.page.get_by_role("heading", name="Label: spring")).to_be_visible()
    desk.look("label")
    for answered in range(3):
        expect(desk.page.get_by_label(f"{answered} of 3 texts")).to_be_visible()
        text = desk.main.locator("#label-text").inner_text()
        desk.page.keyboard.press("0" if text == "OK" else "2" if "thieves" in text else "1")
    expect(desk.main.get_by_text("Every text has its answers")).to_be_visible()
    until_sent(desk.page)
    desk.main.get_by_role("link", name="About this job").click()
    expect(desk.main.get_by_text("3 of 3 texts have all answers that are wanted")).to_be_visible()
    desk.look("labelling job")
    expect(desk.main.get_by_text("It cannot be finished yet. A training learns a label from 2 texts or more")).to_be_visible()
    expect(desk.main.get_by_role("button", name="Finish and train")).to_be_disabled()


def test_signing_out_leaves_nothing(desk: Desk) -> None:
    """No token stays in the browser, and a reload asks who is there."""
    desk.page.get_by_role("button", name="Sign out").click()
    desk.page.reload()
    expect(desk.page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(desk.page.locator("#person")).to_be_hidden()
    stored = desk.page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert "eyJ" not in stored  # how tokens begin
    desk.look("signed out")
