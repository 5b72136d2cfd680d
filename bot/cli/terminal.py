"""Show text from people in a terminal without letting it steer the terminal."""

from __future__ import annotations


def visible(text: object) -> str:
    """Replace control and direction characters, line breaks and tabs aside, by their escapes."""
    return "".join(
        character if character.isprintable() or character in "\n\t" else ascii(character)[1:-1]
        for character in str(text)
    )
