"""What the pretended service has to show: people, labels, rows to review, models."""

from __future__ import annotations

from typing import Any

PASSWORD, FIRST_PASSWORD, NEW_PASSWORD = "right horse 7!", "given once", "Chosen one 9!"
CLERK, OWNER, NEWCOMER = "clerk@example.com", "owner@example.com", "new@example.com"
LABELS = ["cracked", "leak", "missing part", "noise", "rust", "scratch", "wrong colour"]
JOB, TRAINING = "predict-claims-0123456789ab", "train-labelled-0123456789ab"
LATER = "predict-claims-ba9876543210"  # the job of a file that was sent once more


def review_row(
    row: int, text: str, predicted: str, confidence: float, second: str, kind: str = "doubtful", own: str = ""
) -> dict[str, Any]:
    """A line of the list of rows that need a person."""
    return {
        "row": row,
        "text": text,
        "predicted_label": predicted,
        "confidence": confidence,
        "second_label": second,
        "second_confidence": round((1 - confidence) * 0.8, 3),
        "review_reason": "low confidence" if kind == "doubtful" else "",
        "kind": kind,
        "own_label": own,
        "others": [["Nr", f"A-{row}"]],
        "value": 0.5,
    }


REVIEW = [
    review_row(17, "Water came out at the back after two weeks.\nThe carpet is soaked.", "leak", 0.51, "cracked", own="leak"),
    review_row(4, "Das Gehäuse hat einen Riss, und es tropft.", "cracked", 0.48, "leak"),
    review_row(211, "<b>Not bold</b> & <script>alert(1)</script> rattles when it is cold", "noise", 0.55, "scratch", own="rust"),
    review_row(8, "The door squeaks and one of the shelves was not in the box.", "missing part", 0.44, "noise"),
    review_row(90, "Brown spots all over the rack since the first wash.", "rust", 0.97, "scratch", "disagrees", "scratch"),
    review_row(33, "It hums so loudly that we cannot sleep.", "noise", 0.93, "rust", "disagrees", "leak"),
    review_row(140, "Ordered white, got beige.", "wrong colour", 0.99, "scratch", "spot check"),
]
PROMISE = {
    "max_error": 0.05,
    "confidence": 0.9,
    "threshold": 0.83,
    "possible": [0.05, 0.1],
    "accepted": 810,
    "accepted_share": 0.81,
    "is_kept": True,
}
COLUMNS = {"text_column": "Text", "own_column": "Kategorie", "rows_differing": 31}  # of the summary
# answers that tell no more than they must, by the end of their path
BARE: dict[str, Any] = {
    "/classifiers": {"classifiers": [{"name": "main", "current": {"version": 1}}]},
    "/classifications": {"answers": [{"labels": [{"label": "leak"}]}]},
    "/jobs": {"jobs": [{"job_id": "a"}, {"job_id": "b", "kind": "predict", "status": "done"}]},
    "/jobs/a": {"job_id": "a", "status": "done", "kind": "predict", "is_final": True},
    "/files": {"files": [{"name": "a_results.csv"}]},
    "/review": {"rows": [{"row": 1}, {"row": 2, "own_label": "rust"}]},
    "/models": {"models": [{"version": 1}]},
    "/labelling": {"jobs": [{"classifier": "main", "name": "a", "status": "open"}]},
    "/labelling/main/a": {"status": "open"},
    "/labelling/main/b": {"status": "finished"},
    "/texts": {"texts": [{"id": "0"}]},
    "/unlabelled": {"sources": [{"source": "unlabelled/main/a.csv"}]},
    "/models/1": {"version": 1, "evaluation": {"challenger": None, "figures": None, "warnings": None}},
}
EVALUATION = {
    "challenger": {"accuracy": 0.934, "macro_f1": 0.921, "rows": 121},
    "champion": {"accuracy": 0.901, "macro_f1": 0.88, "rows": 121},
    "champion_version": 2,
    "majority_accuracy": 0.24,
    "labels": LABELS,
    "champion_labels": [label for label in LABELS if label != "wrong colour"],
    "held_out": "a share of the training rows",
    "train_rows": 779,
    "validation_rows": 100,
    "dropped": {},
    "epochs": 6,
    "best_epoch": 4,
    "train_seconds": 31.5,
    "warnings": ["The figures rest on 121 rows."],
    "paired": {"rows": 121, "only_ours": 6, "only_theirs": 2},
    "corrected": {"rows": 14, "people": 2, "wrong": {"v2": 9, "v1": 1}, "overruled": 1, "overruled_held_out": 0, "fresh": 6},
    "fresh": {
        "challenger": {"accuracy": 0.83, "macro_f1": 0.8, "rows": 6},
        "champion": {"accuracy": 0.5, "macro_f1": 0.5, "rows": 6},
        "paired": {"rows": 6, "only_ours": 2, "only_theirs": 0},
    },
    "promises": [
        {"max_error": 0.005, "threshold": None, "accepted_share": 0.0, "checked_rows": 0, "checked_wrong": 0},
        {"max_error": 0.05, "threshold": 0.91, "accepted_share": 0.62, "checked_rows": 70, "checked_wrong": 2},
        {"max_error": 0.1, "threshold": 0.78, "accepted_share": 0.88, "checked_rows": 105, "checked_wrong": 6},
    ],
    "figures": {
        "confusions": [[label, label, 15] for label in LABELS] + [["leak", "cracked", 4], ["noise", "rust", 3], ["scratch", "rust", 1]],
        "reliability": [
            {"rows": 24, "confidence": 0.42, "right": 11},
            {"rows": 24, "confidence": 0.66, "right": 17},
            {"rows": 24, "confidence": 0.83, "right": 21},
            {"rows": 24, "confidence": 0.94, "right": 23},
            {"rows": 25, "confidence": 0.99, "right": 25},
        ],
        "coverage": [[share / 20, 1 - 0.066 * (share / 20) ** 2] for share in range(1, 21)],
    },
}
MODELS = [
    {
        "version": 3,
        "status": "published",
        "message": "Better than version 2.",
        "created_at": "2026-11-21T09:30:00+00:00",
        "accuracy": 0.934,
    },
    {"version": 2, "status": "published", "message": "", "created_at": "2026-10-02T15:12:00+00:00", "accuracy": 0.901},
    {"version": 1, "status": "kept", "message": "No better than guessing.", "created_at": "2026-10-01T15:12:00+00:00", "accuracy": 0.31},
]
