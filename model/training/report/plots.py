"""The report's plots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from model.text.sequences import Positions
from model.training.report.drawing import FIRST, INK, SECOND, THIRD, plot
from model.training.report.findings import DataShare, Floats, LearningCurve
from model.training.report.markup import percent
from model.training.report.measures import Bin
from model.training.scores import wilson_interval

SHOWN_LENGTHS = 0.99  # a histogram that reached to the longest texts would show nothing else
BARS = 30


def reliability_plot(bins: Sequence[Bin]) -> str:
    """Accuracy against confidence, with 95 % intervals."""
    confidence = np.array([entry.confidence for entry in bins])
    accuracy = np.array([entry.accuracy for entry in bins])
    bounds = np.array([wilson_interval(entry.right, entry.rows) for entry in bins])  # (B, 2)

    def draw(axes: Axes) -> None:
        low = min(confidence.min(), bounds.min())
        axes.plot([low, 1], [low, 1], color=INK, linestyle=":", linewidth=1, label="as sure as right")
        axes.errorbar(confidence, accuracy, np.abs(bounds.T - accuracy), fmt="o-", color=FIRST, elinewidth=0.8, label="this model")
        axes.set(xlabel="confidence", ylabel="share that is right")
        _in_percent(axes, "xy")
        axes.legend(loc="lower right")

    return plot(
        "reliability",
        "Reliability",
        f"Each point, one of {len(bins)}, is an equal number of test rows of similar confidence, with its 95 % interval. Below the dotted"
        " line the model is surer than it should be, above it less sure.",
        draw,
    )


def coverage_plot(shares: Floats, accuracies: Floats, chosen: tuple[float, float] | None, target: float) -> str:
    """Accuracy against the share of rows that need no review; `chosen` is (share, accuracy) of the rows that need none, if any."""

    def draw(axes: Axes) -> None:
        axes.plot(shares, accuracies, color=FIRST)
        axes.axhline(target, color=INK, linestyle=":", linewidth=1)
        axes.annotate(f"wanted: {percent(target, 0)}", (0, target), xytext=(2, 2), textcoords="offset points", fontsize=8)
        axes.set(xlabel="share of the rows, surest first", ylabel="share of them that is right", xlim=(0, 1.02))
        axes.set_ylim(min(accuracies[len(accuracies) // 20 :].min(), chosen[1] if chosen else 1, target) - 0.02, 1.002)
        _in_percent(axes, "xy")
        if chosen:
            axes.plot(*chosen, "o", color=SECOND, markersize=7, label="no review needed")
            axes.legend(loc="lower left")

    return plot(
        "coverage",
        "Coverage",
        "If only the surest rows were left to the model: how many of them it gets right."
        + (" The point marks the rows for which it asks no review." if chosen else ""),
        draw,
    )


def learning_plot(curve: LearningCurve) -> str:
    """Losses and validation accuracy by epoch."""

    def draw(axes: Axes) -> None:
        epochs = range(1, len(curve.train_loss) + 1)
        lines = axes.plot(epochs, curve.train_loss, "o-", color=FIRST, label="training loss")
        lines += axes.plot(epochs, curve.validation_loss, "o-", color=SECOND, label="validation loss")
        axes.axvline(curve.best_epoch, color=INK, linestyle=":", linewidth=1)
        axes.set(xlabel="epoch", ylabel="loss")
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        right = axes.twinx()
        lines += right.plot(epochs, curve.validation_accuracy, "s--", color=THIRD, label="validation accuracy")
        right.set_ylabel("accuracy")
        right.grid(visible=False)
        right.spines.right.set_visible(True)
        _in_percent(right, "y")
        right.set_ylim(top=1.01)
        axes.legend(handles=lines, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, fontsize=7.5, columnspacing=1)

    return plot(
        "learning",
        "Learning curve",
        f"Of the deep part by itself. The model keeps the weights of epoch {curve.best_epoch}, where the validation loss was smallest."
        " No loss reaches 0: the labels are smoothed for the training.",
        draw,
    )


def data_share_plot(shares: Sequence[DataShare]) -> str:
    """Accuracy against the number of training rows."""

    def draw(axes: Axes) -> None:
        axes.plot([entry.rows for entry in shares], [entry.accuracy for entry in shares], "o-", color=FIRST)
        axes.set(xlabel="training rows", ylabel="accuracy on the test rows", xscale="log")
        axes.set_xticks([entry.rows for entry in shares], [f"{entry.rows:,}" for entry in shares])
        axes.minorticks_off()
        _in_percent(axes, "y")

    return plot(
        "data",
        "More rows",
        "How right the wide part by itself is when it has learned from a part of the training rows, or from all, but not from the"
        " validation rows. A line that still climbs at its end says that more labelled rows would help.",
        draw,
    )


def length_plot(words: Positions, max_tokens: int) -> str:
    """How long the training texts are."""

    def draw(axes: Axes) -> None:
        most = max(int(np.quantile(words, SHOWN_LENGTHS)), 1)
        axes.set_axisbelow(True)
        axes.hist(words[words <= most], bins=list(range(0, most + 1 + -(-most // BARS), -(-most // BARS))), color=FIRST)
        if max_tokens <= most:
            axes.axvline(max_tokens, color=SECOND, linestyle=":", label="longer ones are read in part")
            axes.legend(loc="best")
        axes.set(xlabel="words and marks", ylabel="training rows")

    return plot("lengths", "Length of the texts", f"The shortest {percent(SHOWN_LENGTHS, 0)} of the training texts.", draw)


def _in_percent(axes: Axes, which: str) -> None:
    for letter in which:
        axis = axes.xaxis if letter == "x" else axes.yaxis
        axis.set_major_locator(MaxNLocator(nbins=6))
        axis.set_major_formatter(PercentFormatter(1, symbol=" %"))
