"""Trainings under way, and what a good one leaves."""

from __future__ import annotations

from dataclasses import asdict

from deployed_functions import Deployed

from contract.evaluations import Evaluation, Score
from contract.records import Job

EVALUATION = Evaluation(
    challenger=asdict(Score(accuracy=0.9, macro_f1=0.85, rows=120)),
    champion=None,
    champion_version=0,
    majority_accuracy=0.25,
    labels=["a", "b"],
    champion_labels=[],
    held_out="a share of the training rows",
    train_rows=960,
    validation_rows=120,
    dropped={"no text": 2, "no label": 0},
    epochs=5,
    best_epoch=4,
    train_seconds=12.5,
    warnings=["Few rows for 'a'."],
)


def train(deployed: Deployed, key: str = "claims.csv") -> Job:
    """Drop a file and start its training."""
    event = deployed.drop("train", key)
    deployed.invoke("start_training", event)
    return deployed.job(event)
