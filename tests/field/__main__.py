"""Write docs/other-bots.md and docs/promises.md from their tables: ``python -m tests.field``."""

from __future__ import annotations

from tests.field import promises, table

table.PAGE.write_text(table.page(), encoding="utf-8")
promises.PAGE.write_text(promises.page(), encoding="utf-8")
