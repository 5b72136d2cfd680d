"""Write docs/other-bots.md from the table: ``python -m tests.field``."""

from __future__ import annotations

from tests.field.table import PAGE, page

PAGE.write_text(page(), encoding="utf-8")
