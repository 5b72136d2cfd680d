"""Draw the pictures that stand beside a card: how the training went, and the results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.cards.evaluation import Measured
from bot.cards.facts import Reading
from bot.plots import Bar, Series, bar_chart, line_chart

TRAINING_CURVE = "training_curve.svg"
RESULTS = "evaluation_results.svg"
"""Names of the files, beside the card."""
MAX_BARS = 24
_LOSSES = ("loss", "eval_loss")


def images(reading: Reading, results: tuple[Measured, ...]) -> Mapping[str, str]:
    """Draw what there is enough of: a loss at two steps, two results between 0 and 1."""
    return dict(_drawn(reading, results))


def _drawn(reading: Reading, results: tuple[Measured, ...]) -> Iterator[tuple[str, str]]:
    log = [fact.value for fact in reading.all("training_log") if isinstance(fact.value, dict)]
    lines = [
        Series(
            name.replace("_", " "), [(row["step"], row[name]) for row in log if name in row and "step" in row]
        )
        for name in _LOSSES
    ]
    if max(len(line.points) for line in lines) > 1:
        yield TRAINING_CURVE, line_chart("Training", lines, x_label="step", y_label="loss")
    bars = [
        Bar(one.label, float(one.fact.value), str(one.fact.value))
        for one in results
        if isinstance(one.fact.value, int | float) and 0 <= one.fact.value <= 1 and "loss" not in one.metric
    ]
    if len(bars) > 1:
        yield RESULTS, bar_chart("Results", bars[:MAX_BARS], most=1.0)
