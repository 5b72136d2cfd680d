from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from bot.actions import Remember, Reply
from bot.commands import Permission
from bot.errors import UserError
from bot.events import Thread
from bot.features.waive import WaiveSection, waiver_given
from bot.reads import EndedRelease, ReleaseUnderWay
from bot.release.approvals import GivenWaiver
from bot.release.waived import waivers_of
from tests.features.test_release_model import WAITING, by

SEAL = "abcdef0123456789" * 4
REFUSED = EndedRelease(
    "release-1", "octo/digits", "maya", 11, "refused", "5a" * 32, {"licence": SEAL, "card": "c" * 64}
)
FAILED = replace(REFUSED, status="failed")
REASON = 'reason="read by our counsel"'
SEEN = "seen=abcdef012345"


@dataclass
class Reads:
    ended: EndedRelease | None = REFUSED
    going: ReleaseUnderWay | None = None

    async def permission(self, repository: str, login: str) -> Permission:
        return Permission.MAINTAIN

    async def release_under_way(self, thread: Thread) -> ReleaseUnderWay | None:
        return self.going

    async def last_release(self, thread: Thread) -> EndedRelease | None:
        return self.ended


async def test_the_word_is_kept_for_the_repository_with_what_it_is_for() -> None:
    keep, reply = await waiver_given(
        by("sam", 12, f"/waive licence {REASON} {SEEN}"), WaiveSection(), Reads()
    )
    assert isinstance(keep, Remember)
    assert keep.number == 0
    assert keep.value is not None
    assert isinstance(reply, Reply)
    assert "sam waived the gate licence for the content `5a5a5a5a5a5a`" in reply.body
    expected = GivenWaiver("licence", "sam", "maintain", REFUSED.digest, "read by our counsel", 12, SEAL)
    assert waivers_of("Octo/Digits", [keep.value]) == (expected,)
    assert waivers_of("octo/other", [keep.value]) == ()


@pytest.mark.parametrize(
    ("caller", "reads", "words"),
    [
        (("maya", 11, f"/waive licence {REASON} {SEEN}"), Reads(), "another maintainer"),
        (("maya-renamed", 11, f"/waive licence {REASON} {SEEN}"), Reads(), "another maintainer"),
        (("sam", 12, "/waive licence"), Reads(), "Say why in 10 to 500 characters"),
        (("sam", 12, '/waive licence reason="x"'), Reads(), "Say why"),
        (("sam", 12, f"/waive licence {REASON} seen=123456789012"), Reads(), "is not `123456789012`"),
        (("sam", 12, f"/waive licence {REASON}"), Reads(), "comment `/waive licence seen=abcdef012345"),
        (("sam", 12, f"/waive licence {REASON} seen=abc"), Reads(), "is not `abc`"),
        (("sam", 12, f"/waive dataset {REASON} {SEEN}"), Reads(), "What can be here: `licence`, `card`"),
        (("sam", 12, f"/waive licence {REASON} {SEEN}"), Reads(None), "No release was refused"),
        (
            ("sam", 12, f"/waive licence {REASON} {SEEN}"),
            Reads(replace(REFUSED, status="failed")),
            "No release",
        ),
        (("sam", 12, f"/waive licence {REASON} {SEEN}"), Reads(going=WAITING), "under way"),
    ],
)
async def test_a_waiver_that_cannot_count_is_refused_with_the_reason(
    caller: tuple[str, int, str], reads: Reads, words: str
) -> None:
    with pytest.raises(UserError) as refused:
        await waiver_given(by(*caller), WaiveSection(), reads)
    assert words in str(refused.value)


async def test_what_was_seen_may_be_named_in_capitals() -> None:
    words = f"/waive card {REASON} seen=CCCCCCCCCCCCC"
    assert len(await waiver_given(by("sam", 12, words), WaiveSection(), Reads())) == 2
