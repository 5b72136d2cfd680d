"""Draw what was measured for a checklist: one picture with two charts for each table."""

from __future__ import annotations

from collections.abc import Iterator

from bot.datasets.checklist.record import Record
from bot.datasets.risk.charts import attribute_sets_chart, below_each_other, class_sizes_chart
from bot.plots import MAX_LABEL

TABLES_DRAWN = 10


def draw_risk(record: Record) -> str | None:
    """Draw the classes and the riskiest sets of columns of each table, as SVG; ``None`` with no figures."""
    charts = tuple(_charts(record))
    return below_each_other(charts) if charts else None


def _charts(record: Record) -> Iterator[str]:
    for one in record.risk[:TABLES_DRAWN]:
        of = f", {one.file[:MAX_LABEL]}" if len(record.risk) > 1 else ""
        if one.rows_by_class_size:
            yield class_sizes_chart(one.rows_by_class_size, of)
        if one.attribute_sets:
            yield attribute_sets_chart(one.attribute_sets, of)
