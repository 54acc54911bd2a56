"""Where an owner sits: a browser tab with the page, and a file of claims to drop on it."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

from local_kit import SAMPLES
from page_visits import violations
from playwright.sync_api import Locator, Page

ADDED = [
    ["C900001", "2026-03-01", "Kühlschrank", "e-mail", 'Die Tür schließt nicht,\r\nund der "neue" Griff; er wackelt.'],
    ["C900002", "2026-03-02", "four", "web form", "Le câble a été livré coupé à côté de la fiche : 40 € s’il vous plaît"],
]


@dataclass
class Desk:
    """A browser tab with the page."""

    page: Page
    pictures: Path
    complaints: list[str] = field(default_factory=list)

    @property
    def main(self) -> Locator:
        """The view."""
        return self.page.locator("main")

    def go(self, view: str) -> None:
        """To another view, by its address."""
        self.page.evaluate("view => { location.hash = view }", view)

    def look(self, name: str) -> None:
        """Keep a picture, and let axe look at the same."""
        self.page.screenshot(path=self.pictures / f"local_cloud-{name.replace(' ', '_')}.png", full_page=True)
        self.complaints += [f"{name}: {problem}" for problem in violations(self.page)]

    def drop(self, name: str, content: bytes) -> None:
        """A file onto the view's place for files."""
        dropped = self.page.evaluate_handle(
            """([name, bytes]) => {
                const transfer = new DataTransfer();
                transfer.items.add(new File([new Uint8Array(bytes)], name));
                return transfer;
            }""",
            [name, list(content)],
        )
        self.page.locator(".drop").dispatch_event("drop", {"dataTransfer": dropped})


def claims() -> list[list[str]]:
    """Claims with categories of their own beside the texts, every fourth of them wrong."""
    with (SAMPLES / "claims_excel.csv").open(encoding="cp1252", newline="") as file:
        header, *rows = csv.reader(file, delimiter=";")
    with (SAMPLES / "claims_labels.csv").open(encoding="utf-8-sig", newline="") as file:
        labels = [row[-1] for row in csv.reader(file)][1:]
    own = ["Delivery damage"] * len(ADDED) + [labels[place - 1] if place % 4 == 0 else label for place, label in enumerate(labels)]
    return [[*header, "category"], *([*row, label] for row, label in zip([*ADDED, *rows], own, strict=True))]
