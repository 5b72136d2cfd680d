"""Commands are loaded when they are called, and the help tells of them without loading any."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.cli.loading import COMMANDS, Place, load

NOTHING_OF_THEIRS = """
import sys
from bot.cli import app
app(["--help"], standalone_mode=False)
assert not {"sqlalchemy", "huggingface_hub", "polars", "numpy", "fastapi", "httpx"} & set(sys.modules)
"""


@pytest.mark.parametrize(("name", "place"), COMMANDS.items(), ids=COMMANDS)
def test_the_help_says_of_a_command_what_it_says_of_itself(name: str, place: Place) -> None:
    command = load(name, place)
    first, *_ = command.help.split("\n\n")
    assert (command.name, " ".join(first.split()), command.hidden) == (name, place.help, place.hidden)


def test_the_help_waits_for_no_command_to_load() -> None:
    subprocess.run([sys.executable, "-c", NOTHING_OF_THEIRS], check=True, capture_output=True)
