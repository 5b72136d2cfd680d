"""Keep one note of the bot's at the end of words that are somebody else's."""

from __future__ import annotations

BEGIN, END = "<!-- giveback:note -->", "<!-- /giveback:note -->"


def with_note(text: str, note: str) -> str:
    """Give the text with the note at its end, in place of the one that was there; the rest stays as it is."""
    before, began, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    theirs = f"{before.rstrip()}{after.rstrip()}" if began and ended else text.rstrip()
    said = f"{BEGIN}\n{note.strip()}\n{END}\n"
    return f"{theirs}\n\n{said}" if theirs else said
