"""What the API, the sign-in and the uploads know and answer when the page asks them, with something to show in each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fake_documents import (
    BARE,
    COLUMNS,
    EVALUATION,
    FIRST_PASSWORD,
    JOB,
    LABELS,
    LATER,
    MODELS,
    NEWCOMER,
    OWNER,
    PASSWORD,
    PROMISE,
    REVIEW,
    TRAINING,
)
from fake_labelling import FakeLabelling

Answer = tuple[int, Any]


class Request(NamedTuple):
    """One request to the API."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    user: str
    match: re.Match[str]  # of the path


@dataclass
class FakeService:
    """What the server knows, for the tests to change and to look at."""

    classifiers: tuple[str, ...] = ("main",)
    job_classifier: str = "main"  # of both jobs
    labels: list[str] = field(default_factory=lambda: list(LABELS))  # to review with
    warming: int = 0  # how many of the next classifications are answered by 503
    not_now: str = "The model is warming up after a pause."  # the sentence beside that 503
    forms_over: int = 0  # how many of the next files come after their form's time
    retry_after: int = 1  # seconds; 0: such an answer tells none
    has_model: bool = True
    review_reason: str = ""  # of the answer to a text; empty: it needs none
    was_sent: bool = False  # a file of the job's name was sent once more
    is_bare: bool = False  # answers tell no more than they must
    is_session_over: bool = False  # no token is good any more
    steps: int = 2  # looks at a fresh job until it is done
    current: int = 3
    late: int = 0  # looks at a training that was just asked for until it is there
    rows_to_review: int = 188
    review: str = "claims_review.jsonl"  # the list's name in the summary; empty: there is none
    refusals: dict[int, int] = field(default_factory=dict)  # statuses in place of an answer to a correction, by row
    promise: dict[str, Any] = field(default_factory=lambda: dict(PROMISE))
    observed: dict[str, Any] = field(default_factory=lambda: {"reviewed": 40, "wrong": 1, "verdict": "too few"})
    training: dict[str, Any] = field(default_factory=dict)  # what is told of the training beside the usual
    corrections: dict[int, str] = field(default_factory=dict)
    answered: int = 0  # rows of which the model is not sure
    textless: int = 0  # rows without a text
    before: dict[int, str] = field(default_factory=dict)  # what another person had answered, by row
    uploads: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)  # method, path and body of every request to the API
    labelling: FakeLabelling = field(default_factory=FakeLabelling)
    port: int = 0

    @property
    def address(self) -> str:
        """Of the API, the sign-in and the uploads alike."""
        return f"http://127.0.0.1:{self.port}"

    def sign_in(self, operation: str, body: dict[str, Any]) -> Answer:
        """Cognito's InitiateAuth and RespondToAuthChallenge."""
        given = body.get("AuthParameters") or body.get("ChallengeResponses") or {}
        user = given.get("USERNAME") or str(given.get("REFRESH_TOKEN", "")).removeprefix("refresh-")
        tokens = {"IdToken": f"token-{user}", "RefreshToken": f"refresh-{user}", "ExpiresIn": 3600}
        if self.is_session_over:
            return 400, {"__type": "NotAuthorizedException", "message": "Refresh Token has expired"}
        if operation == "InitiateAuth" and body["AuthFlow"] == "USER_PASSWORD_AUTH":
            if user == NEWCOMER and given["PASSWORD"] == FIRST_PASSWORD:
                challenge = {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "s", "ChallengeParameters": {"USER_ID_FOR_SRP": user}}
                return 200, challenge
            if given["PASSWORD"] != PASSWORD:
                return 400, {"__type": "NotAuthorizedException", "message": "Incorrect username or password."}
        return 200, {"AuthenticationResult": tokens}

    def api(self, method: str, path: str, query: dict[str, str], body: Any, user: str) -> Answer:
        """One request to the API."""
        self.asked.append((method, path, body))
        if self.is_bare:
            return 200, next((bare for end, bare in BARE.items() if path.endswith(end)), {})
        if path.startswith("/labelling") or path.endswith("/unlabelled"):
            return self.labelling.api(method, path, body, user, self.address)
        for pattern, answer in _ROUTES:
            if match := re.fullmatch(pattern, path):
                return answer(self, Request(method, path, query, body, user, match))
        return 404, {"error": "There is no such thing."}

    def _classifiers(self, asked: Request) -> Answer:
        current = (
            {"version": self.current, "since": "2026-11-21T09:31:00+00:00", "by": OWNER, "before": 5 - self.current}
            if self.has_model
            else None
        )
        live = {"status": "serving", "message": ""}
        found = [{"name": name, "labels": LABELS, "current": current, "live": live} for name in self.classifiers]
        return 200, {"classifiers": found, "user": {"name": asked.user, "is_owner": asked.user == OWNER}}

    def _upload(self, asked: Request) -> Answer:
        key = asked.body["name"]
        return 201, {"url": f"{self.address}/bucket", "fields": {"key": key, "policy": "p"}, "key": key}

    def _jobs(self, asked: Request) -> Answer:
        jobs = [self._job(), self._training()]
        if "version" in asked.query:
            jobs = [self._job(fresh=True)]
        elif "key" in asked.query:
            jobs = [self._job() | {"job_id": LATER}] if self.was_sent else []
        return 200, {"jobs": jobs, "next": ""}

    def _review(self, asked: Request) -> Answer:
        rows = [{**row, "correction": self._correction(row["row"], asked.user)} for row in REVIEW]
        return 200, {"rows": rows, "labels": self.labels, "more": 12}

    def _files(self, asked: Request) -> Answer:
        names = () if TRAINING in asked.path else ("claims_results.csv", "claims_rejected.csv", "summary.json")
        return 200, {"files": [{"name": name, "bytes": 48_213, "url": f"{self.address}/files/{name}"} for name in names]}

    def _one_job(self, asked: Request) -> Answer:
        if TRAINING not in asked.path:
            return 200, self._job_with_summary()
        self.late -= 1
        return (404, {"error": "There is no such job."}) if self.late >= 0 else (200, self._training())

    def _corrections(self, asked: Request) -> Answer:
        return 200, {"total": 40 + len(self.corrections), "since_training": len(self.corrections), "retrain_after": 200}

    def _train(self, asked: Request) -> Answer:
        return 202, {"job_id": TRAINING}

    def _move(self, asked: Request) -> Answer:
        self.current = int(asked.match["version"] or 2)
        return 200, {"version": self.current}

    def _models(self, asked: Request) -> Answer:
        return 200, {"models": self._all_models()}

    def _model(self, asked: Request) -> Answer:
        (model,) = (model for model in self._all_models() if model["version"] == int(asked.match["version"]))
        return 200, {**model, "labels": LABELS, "evaluation": EVALUATION, "report_url": f"{self.address}/files/report.html"}

    def _all_models(self) -> list[dict[str, Any]]:
        return [{**model, "is_current": model["version"] == self.current, "training_object": "labelled.csv"} for model in MODELS]

    def _classify(self, asked: Request) -> Answer:
        if self.warming:
            self.warming -= 1
            return 503, {"error": self.not_now}
        words = [("leaks", 2.3), ("water", 1.1), ("carpet", 0.4), ("crack", -0.9), ("<i>door</i>", -0.2)]
        labels = [{"label": "leak", "confidence": 0.87}, {"label": "cracked", "confidence": 0.08}]
        given = {"labels": labels, "words": [{"word": w, "weight": x} for w, x in words]}
        review = {"needs_review": bool(self.review_reason), "review_reason": self.review_reason}
        return 200, {"model_version": 3, "answers": [given | review]}

    def _correction(self, row: int, user: str) -> dict[str, str] | None:
        return {"label": self.corrections[row], "by": user, "at": "2026-11-22T10:00:00+00:00"} if row in self.corrections else None

    def _correct(self, asked: Request) -> Answer:
        row = int(asked.match["row"])
        if status := self.refusals.get(row):
            return status, {"error": f"No answer to row {row} is taken."}
        if asked.method == "DELETE":
            self.corrections.pop(row, None)
            return 204, None
        self.corrections[row] = asked.body["label"]
        at = "2026-11-22T09:59:00+00:00"
        replaced = {"label": self.before[row], "by": "ann@example.com", "at": at} if row in self.before else None
        return 200, {"row": row, **(self._correction(row, asked.user) or {}), "replaced": replaced}

    def _job(self, *, fresh: bool = False) -> dict[str, Any]:
        job = {"job_id": JOB, "kind": "predict", "name": "march/claims.csv", "status": "done", "is_final": True}
        job["classifier"] = self.job_classifier
        times = {"created_at": "2026-11-22T09:58:00+00:00", "updated_at": "2026-11-22T10:01:00+00:00"}
        if fresh:
            return {**job, **times, "status": "received", "is_final": False}
        return {
            **job,
            **times,
            "message": "",
            "rows": 1000,
            "rows_rejected": 2,
            "rows_to_review": self.rows_to_review,
            "model_version": 3,
            "cost_usd": 0.004,
        }

    def _job_with_summary(self) -> dict[str, Any]:
        if self.steps:
            self.steps -= 1
            return {**self._job(fresh=True), "status": "running", "summary": None}
        labels = {"leak": 411, "noise": 203, "cracked": 188, "rust": 101, "scratch": 55, "missing part": 30}
        labels |= {"wrong colour": 10 - self.textless, "": self.textless}
        rows = {"rows_in": 1000, "rows_out": 998, "rows_rejected": 2, "rows_to_review": self.rows_to_review}
        summary = None if self.was_sent else {**rows, "labels": labels, "review": self.review, "promise": self.promise} | COLUMNS
        return {**self._job(), "summary": summary, "observed": {**self.observed, "answered": self.answered}}

    def _training(self) -> dict[str, Any]:
        times = {"created_at": "2026-11-21T09:20:00+00:00", "updated_at": "2026-11-21T09:30:00+00:00"}
        job = {"job_id": TRAINING, "kind": "train", "classifier": self.job_classifier, "name": "labelled.csv", "is_final": True, **times}
        return {
            **job,
            "status": "refused",
            "message": "'labelled.csv' has no column that is known to hold the label. Rename the right one to 'label'.",
            **self.training,
        }


_ROUTES: tuple[tuple[str, Callable[[FakeService, Request], Answer]], ...] = (
    (r"/classifiers", FakeService._classifiers),
    (r"/classifiers/[^/]+/classifications", FakeService._classify),
    (r"/uploads", FakeService._upload),
    (r"/jobs", FakeService._jobs),
    (r"/jobs/[^/]+", FakeService._one_job),
    (r"/jobs/[^/]+/files", FakeService._files),
    (r"/jobs/[^/]+/review", FakeService._review),
    (r"/jobs/[^/]+/corrections/(?P<row>\d+)", FakeService._correct),
    (r"/classifiers/[^/]+/corrections", FakeService._corrections),
    (r"/classifiers/[^/]+/trainings", FakeService._train),
    (r"/classifiers/[^/]+/models", FakeService._models),
    (r"/classifiers/[^/]+/models/(?P<version>\d+)", FakeService._model),
    (r"/classifiers/[^/]+/(?:models/(?P<version>\d+)/promote|rollback)", FakeService._move),
)
