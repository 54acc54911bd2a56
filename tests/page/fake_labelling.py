"""A labelling job as the page meets it, pretended."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from fake_documents import OWNER, TRAINING

Answer = tuple[int, Any]

TEXTS = {
    f"{number:032x}": text
    for number, text in enumerate(
        (
            "Water came out at the back after two weeks.\nThe carpet is soaked.",
            "<b>Not bold</b> & <script>alert(1)</script> rattles when it is cold",
            "Es brummt so laut, dass wir nicht schlafen können.",
            "Brown spots all over the rack since the first wash.",
            "Ordered white, got beige.",
            "It is broken.",
            "The door squeaks.",
        )
    )
}
IDS = list(TEXTS)
LABELS = [
    {"label": "leak", "guidance": "Water comes out where it should not."},
    {"label": "noise", "guidance": ""},
    {"label": "rust", "guidance": "Brown spots, also on dishes."},
    {"label": "wrong colour", "guidance": ""},
]
AT_ONCE = 3


@dataclass
class FakeLabelling:
    """One job with TEXTS, of which somebody is given a few at a time."""

    answers: dict[str, str] = field(default_factory=dict)
    is_finished: bool = False
    is_deleted: bool = False
    is_order_due: bool = True
    lacking: str = ""  # what a training would lack
    dispensable: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)  # labels that were left out at the end
    ordered: int = 0  # how often the order was asked for
    created: list[Any] = field(default_factory=list)
    refusals: dict[str, int] = field(default_factory=dict)  # statuses in place of an answer, by text

    def api(self, method: str, path: str, body: Any, user: str, address: str) -> Answer:
        """One request to what is below /labelling, or to the texts without a label."""
        if path.endswith("/unlabelled"):
            return self._unlabelled(method, body, address)
        if path == "/labelling":
            return self._jobs(method, body)
        if self.is_deleted:
            return 404, {"error": "There is no labelling job 'first' of the classifier 'main'."}
        if match := re.fullmatch(r".*/answers/([0-9a-f]{32})", path):
            return self._answer(method, match[1], body)
        if path.endswith("/finish"):
            self.without = body["without"]
        return self._job_itself(method, path.rpartition("/")[2], user)

    def _job_itself(self, method: str, what: str, user: str) -> Answer:
        if what == "order":
            self.ordered += 1
            self.is_order_due = False
        self.is_finished = self.is_finished or what == "finish"
        self.is_deleted = method == "DELETE"
        left = len(TEXTS) - len(self.answers)
        answers = {
            "texts": self._texts(),
            "order": {"ranked_by": 3, "left": 0},
            "finish": {"labelled": len(self.answers), "left_out": left, "manifest": "labelled/first.manifest", "job_id": TRAINING},
        }
        return (204, None) if self.is_deleted else (200, answers.get(what) or self._in_full(user))

    def _answer(self, method: str, text: str, body: Any) -> Answer:
        if status := self.refusals.get(text):
            return status, {"error": "The labelling job 'first' is finished: it takes no more answers."}
        if method == "DELETE":
            self.answers.pop(text, None)
            return 204, None
        self.answers[text] = body["label"]
        return 200, {"id": text, "label": body["label"], "at": "2026-11-22T10:00:00+00:00"}

    def _texts(self) -> dict[str, Any]:
        left = [text for text in IDS if text not in self.answers]
        return {
            "texts": [{"id": text, "text": TEXTS[text]} for text in left[:AT_ONCE]],
            "mine": [{"id": text, "text": TEXTS[text], "label": label} for text, label in self.answers.items()],
            "answered": len(self.answers),
            "open": len(left),
            "is_order_due": self.is_order_due,
        }

    def _jobs(self, method: str, body: Any) -> Answer:
        if method == "POST":
            self.created.append(body)
            return 201, {**self._job(), "name": "first"}
        return 200, {"jobs": [] if self.is_deleted else [self._job()]}

    def _unlabelled(self, method: str, body: Any, address: str) -> Answer:
        if method == "POST":
            key = f"unlabelled/main/{body['name']}"
            return 201, {"url": f"{address}/bucket", "fields": {"key": key, "policy": "p"}, "key": key}
        sources = ("unlabelled/main/claims.csv", "unlabelled/main/2026/11/22/")
        newest = "2026-11-22T09:00:00+00:00"
        return 200, {"sources": [{"source": name, "objects": 1, "bytes": 48_213, "newest": newest} for name in sources], "is_cut": False}

    def _job(self) -> dict[str, Any]:
        return {
            "classifier": "main",
            "name": "first",
            "status": "finished" if self.is_finished else "open",
            "labels": LABELS,
            "answers_wanted": 2,
            "texts": len(TEXTS),
            "unreadable": 1,
            "ranked_by": 3,
            "created_at": "2026-11-22T09:00:00+00:00",
            "created_by": OWNER,
            "finished_at": "",
            "finished_by": "",
            "labelled": 0,
            "left_out": 0,
            "manifest": "",
        }

    def _in_full(self, user: str) -> dict[str, Any]:
        is_owner = user == OWNER
        pair = {"one": "ann@example.com", "other": "bob@example.com", "texts": 4, "kappa": 0.61}
        count = len(self.answers)
        return {
            **self._job(),
            "progress": {"answers": 8 + count, "labelled": 4, "complete": 3, "unclear": 1, "mine": count},
            "agreement": {"alpha": 0.702, "words": "People agree tolerably: good enough to begin with.", "texts": 4},
            "texts_by_label": [{"label": entry["label"], "texts": place} for place, entry in enumerate(LABELS, 1)],
            "lacking": self.lacking,
            "dispensable": self.dispensable,
            "people": [{"name": name, "answers": 4, "unclear": 1} for name in (pair["one"], pair["other"])] if is_owner else [],
            "pairs": [pair] if is_owner else [],
        }
