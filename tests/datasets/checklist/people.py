"""A small dataset to assess."""

from __future__ import annotations

from pathlib import Path

CARD = "# People\n\nThis dataset contains no personal data.\n"


def people(folder: Path, *, email: bool = True, rows: int = 60) -> Path:
    """Write a table of people, five alike of each kind, and a card."""
    folder.mkdir(parents=True, exist_ok=True)
    header = ["age", "sex", "illness"] + (["email"] if email else [])
    lines = [",".join(header)]
    for row in range(rows):
        cells = [str(30 + row // 10), "mf"[row // 5 % 2], ("flu", "cold")[row % 2]]
        lines.append(",".join(cells + ([f"person{row}@mail.test-hospital.org"] if email else [])))
    (folder / "people.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
