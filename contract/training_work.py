"""Where jobs leave what only other jobs of the same training need, or of the same tuning: among its inputs, which expire.

models bucket   inputs/TRAINING/steps/train/train.txt            the lines that it learns from
                inputs/TRAINING/steps/validation/validation.txt  those by which it may stop early
                inputs/TRAINING/steps/prepared.json              what it is told; written last
                inputs/TRAINING/steps/JOB/output/model.tar.gz    the model that it leaves
                inputs/TUNING/steps/tuning.json                  what a tuning was started with
"""

from __future__ import annotations

from contract.layout import INPUTS_PREFIX


def training_work_prefix(training: str) -> str:
    """The prefix of what the jobs of one training leave for each other (models bucket)."""
    return f"{INPUTS_PREFIX}{training}/steps/"


def prepared_key(training: str) -> str:
    """Where what BlazingText is told lies: written behind its lines."""
    return f"{training_work_prefix(training)}prepared.json"


def tuning_key(tuning: str) -> str:
    """Where it is kept what a tuning was started with."""
    return f"{training_work_prefix(tuning)}tuning.json"


def lines_key(training: str, channel: str) -> str:
    """What the keys of the lines of one of its channels start with."""
    return f"{training_work_prefix(training)}{channel}/"


def output_key(training: str, training_job: str) -> str:
    """Where SageMaker puts the model of one of these jobs when its output path is their prefix."""
    return f"{training_work_prefix(training)}{training_job}/output/model.tar.gz"
