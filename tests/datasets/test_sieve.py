from hashlib import md5

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.datasets import cells as cells_room
from bot.datasets import sieve
from bot.datasets.cells import CellHit, detect_in_cells, detect_in_series
from bot.datasets.detection import Detector
from tests.datasets.samples import ADDRESS
from tests.datasets.texts import LOOK_ALIKES, POSSIBLE, VERIFIED

CELLS = st.builds(
    "".join,
    st.lists(
        st.sampled_from(
            [
                *VERIFIED.values(),
                *POSSIBLE.values(),
                *LOOK_ALIKES,
                *(
                    "Phone:",
                    "cc",
                    "é \u200b１２３",
                    "4155552671",
                    "d41d8cd98f00b204e9800998ecf8427e",
                    "2024-01-02",
                ),
                *("\n", "\n\n", "\r\n", " ", ",", ""),
            ]
        ),
        max_size=6,
    ),
)
NAMES = st.sampled_from(["n", "phone number", "address", "iban", "date of birth", "passport, zip and age"])


def one_by_one(detector: Detector, cells: list[str], named: frozenset[int]) -> list[CellHit]:
    return [
        hit._replace(cell=place)
        for place, cell in enumerate(cells)
        for hit in detect_in_cells(detector, [cell], named)
    ]


@given(
    cells=st.lists(CELLS, max_size=12),
    name=NAMES,
    at_once=st.sampled_from([1, 100, 1 << 20]),
    few=st.integers(0, 3),
)
def test_what_is_left_out_holds_nothing(
    detector: Detector, cells: list[str], name: str, at_once: int, few: int
) -> None:
    named = detector.named(name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells_room, "_AT_ONCE", at_once)
        patch.setattr(sieve, "_FEW", few)
        found = list(detect_in_series(detector, pl.Series(cells, dtype=pl.String), named))
    assert found == one_by_one(detector, cells, named)


def test_few_cells_of_a_quiet_column_are_looked_at(detector: Detector) -> None:
    codes = [md5(b"%d" % number).hexdigest() for number in range(500)]
    text = "\n\n".join([*codes[:250], f"to {ADDRESS}", *codes[250:]]).encode()
    kept = sieve.sieve_of(detector).kept(text)
    assert ADDRESS.encode() in kept.data
    assert len(kept.data) < 0.1 * len(text)
    assert all(text[kept.place(at)] == kept.data[at] for at in range(len(kept.data)))


def test_kinds_that_are_too_much_for_one_pattern_are_looked_for_in_every_cell(
    detector: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = b"a\n\nb"
    assert sieve.Sieve(detector).kept(text).data == b""
    monkeypatch.setattr("bot.datasets.linear.MEMORY", 1 << 16)
    assert sieve.Sieve(detector).kept(text).data == text


def test_a_column_full_of_findings_is_kept_as_it_is(detector: Detector) -> None:
    text = "\n\n".join([ADDRESS] * 200).encode()
    assert sieve.sieve_of(detector).kept(text).data is text
