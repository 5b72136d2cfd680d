"""The bot's note at the end of a GitHub Release, on a sandbox GitHub."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions import TellGitHubRelease
from bot.apply import Applier
from bot.apply.notes import BEGIN, END, with_note
from bot.events import Thread
from tests.apply.conftest import MODELS, apply
from tests.sandbox.github.stage import Stage


def told(thread: Thread, tag: str, words: str) -> TellGitHubRelease:
    return TellGitHubRelease(thread=thread, tag=tag, body=words, reason="it is on the Hub")


async def test_the_note_stands_at_the_end_once_and_the_rest_stays(
    applier: Applier, stage: Stage, thread: Thread
) -> None:
    made = stage.alice.post(f"{MODELS}/releases", {"tag_name": "v7.0.0", "body": "# Ours\n"})
    for name, words in (("one", "first"), ("two", "first"), ("three", "second")):
        await apply(applier, name, told(thread, "v7.0.0", words))
    body = stage.bob.get(f"{MODELS}/releases/{made['id']}")["body"]
    assert body == f"# Ours\n\n{BEGIN}\nsecond\n{END}\n"


async def test_where_there_is_no_release_of_the_tag_nothing_is_done(
    applier: Applier, stage: Stage, thread: Thread
) -> None:
    before = stage.bob.get(f"{MODELS}/releases")
    await apply(applier, "none", told(thread, "v8.0.0", "words"))
    assert stage.bob.get(f"{MODELS}/releases") == before


@given(st.text(), st.text(), st.text())
def test_a_note_takes_the_place_of_the_one_before_it(text: str, first: str, second: str) -> None:
    once = with_note(text, first)
    assert with_note(once, first).count(BEGIN) == max(1, once.count(BEGIN))
    assert once.startswith(text.rstrip()) or BEGIN in text


@pytest.mark.parametrize("text", ["", "a", f"{BEGIN} torn", f"a\n{BEGIN}\nold\n{END}\nb"])
def test_what_people_wrote_around_it_stays(text: str) -> None:
    noted = with_note(with_note(text, "old"), "new")
    assert noted.count("new") == 1
    assert all(line in noted for line in ("a", "b") if line in text.splitlines())
