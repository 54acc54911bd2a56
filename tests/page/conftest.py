"""A browser at the page, as it is published, with a pretended service behind it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fake_documents import PASSWORD
from fake_server import served
from fake_service import FakeService
from page_visits import DESKTOP, Visit, listen, sign_in
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from stacks.constructs.page import CONTENT_SECURITY_POLICY
from stacks.sources import ROOT, page_source

sys.path.insert(0, str(ROOT / "lambda" / "publish_page"))  # its own room: it is deployed alone
sys.path.append(str(ROOT / "tests" / "end_to_end"))  # the page's local cloud is the one of those tests
from files import File
from wiring import Surroundings, wired

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """--screenshots FOLDER keeps a picture of every view."""
    parser.addoption("--screenshots", type=Path, default=None, help="folder for pictures of every view")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; Playwright downloads none."""
    expect.set_options(timeout=15_000)  # the machine may have other work, too
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def service() -> Iterator[FakeService]:
    """The pretended API, sign-in and bucket."""
    with served(FakeService()) as fake:
        yield fake


@pytest.fixture
def address(service: FakeService, tmp_path: Path) -> Iterator[str]:
    """Where the page is: its files as publish_page writes them, with the policy that the distribution adds."""
    surroundings = Surroundings(service.address, f"{service.address}/", "client", "dev", (f"{service.address}/bucket",))
    with page_source() as folder:
        files = [File(path.relative_to(folder).as_posix(), path.read_bytes()) for path in folder.rglob("*") if path.is_file()]
    for file in wired(files, surroundings):
        (tmp_path / file.key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file.key).write_bytes(file.content)
    with _serving(tmp_path) as port:
        yield f"http://127.0.0.1:{port}/"


@contextmanager
def _serving(folder: Path) -> Iterator[int]:
    class Handler(SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
            self.send_header("Cache-Control", "no-cache")
            super().end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Not into the tests' output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """Opens the page, signed in unless `user` is empty, at a view. What the browser complains about fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(
        user: str = "", view: str = "", *, viewport: dict[str, int] = DESKTOP, scheme: str = "light", fingers: bool = False
    ) -> Page:
        like = {"color_scheme": scheme, "reduced_motion": "reduce", "is_mobile": fingers, "has_touch": fingers}
        context = browser.new_context(viewport=viewport, locale="en-GB", timezone_id="UTC", **like)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        listen(page, complaints)
        page.goto(f"{address}#{view}" if view else address)
        if user:
            sign_in(page, user, PASSWORD)
            expect(page.locator("#menu")).to_be_visible()
        return page

    yield open_page
    for context in contexts:
        context.close()
    expected = ("Failed to load resource", "net::ERR_INTERNET_DISCONNECTED")  # the browser's word for answers that are refusals
    assert [text for text in complaints if not any(part in text for part in expected)] == []
