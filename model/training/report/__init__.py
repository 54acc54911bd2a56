"""`report.html`: one page that tells how good a model is, where it errs, and what its data is like.

`write_report(findings)` makes the page. It loads nothing and runs nothing, and the same findings give the same bytes.
"""

from model.training.report.findings import Answers, DataShare, Findings, HeldOut, LearningCurve
from model.training.report.page import write_report

__all__ = ["Answers", "DataShare", "Findings", "HeldOut", "LearningCurve", "write_report"]
