import io
import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.datasets import detection
from bot.datasets.cells import detect_in_cells, masked
from bot.datasets.detection import Detector
from bot.datasets.findings import Finding
from bot.datasets.formats.blocks import blocks
from bot.datasets.formats.text import scan_text
from bot.datasets.kinds import known_kinds
from bot.datasets.tally import Tally
from tests.datasets.texts import LOOK_ALIKES, POSSIBLE, VERIFIED

DETECTOR = Detector(known_kinds())
PIECES = st.sampled_from(
    [
        *VERIFIED.values(),
        *POSSIBLE.values(),
        *LOOK_ALIKES,
        "Phone:",
        "some words of no interest",
        "415 555 2671",
        "é \u200b１２３",
        "",
    ]
)
TEXTS = st.builds(
    lambda pieces, ends: "".join(itertools.chain(*zip(pieces, ends, strict=False))),
    st.lists(PIECES, max_size=30),
    st.lists(st.sampled_from(["\n", " ", "\r\n", "\n\n", "."]), min_size=30, max_size=30),
)


def scanned(text: bytes, piece: int = 1 << 20) -> Tally:
    tally = Tally("a.txt")
    scan_text(io.BytesIO(text).read, DETECTOR, tally, piece)
    return tally


def values(text: str, tally: Tally) -> Counter[tuple[str, str]]:
    return Counter((one.kind, text[one.start : one.end]) for one in tally.findings)


@given(text=TEXTS, piece=st.integers(1, 300))
def test_findings_are_the_same_for_any_size_of_pieces(text: str, piece: int) -> None:
    raw = text.encode()
    assert scanned(raw, piece) == scanned(raw)


@given(text=TEXTS, group=st.integers(1, 4000), quiet=st.integers(1, 4000))
def test_findings_are_the_same_for_any_number_of_lines_at_once(text: str, group: int, quiet: int) -> None:
    raw = text.encode()
    expected = DETECTOR.detect(raw)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detection, "GROUP", group)
        patch.setattr(detection, "QUIET", quiet)
        assert DETECTOR.detect(raw) == expected


SEARCHED_WHOLE = Detector(known_kinds())
SEARCHED_WHOLE.rules = tuple(rule._replace(mark=b"") for rule in SEARCHED_WHOLE.rules)


@given(text=TEXTS)
def test_findings_are_the_same_where_shapes_are_looked_for_around_their_marks_alone(text: str) -> None:
    raw = text.encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detection, "MARGIN", 1 << 20)
        expected = SEARCHED_WHOLE.detect(raw)
    assert DETECTOR.detect(raw) == expected


def test_a_value_of_one_digit_is_found_whatever_is_beside_it() -> None:
    assert only("license plate ABC 1").kind == "license_plate"


@given(text=TEXTS, copies=st.integers(2, 4))
def test_copies_of_a_text_have_as_many_times_the_findings(text: str, copies: int) -> None:
    once = text + "\n\n"
    many = once * copies
    found = values(once, scanned(once.encode()))
    assert values(many, scanned(many.encode())) == Counter({what: n * copies for what, n in found.items()})


@given(texts=st.lists(TEXTS, max_size=6))
def test_cells_are_looked_at_each_for_itself(texts: list[str]) -> None:
    together = [
        (hit.cell, hit.start, hit.end, hit.kind, hit.tier) for hit in detect_in_cells(DETECTOR, texts)
    ]
    apart = [
        (cell, hit.start, hit.end, hit.kind, hit.tier)
        for cell, text in enumerate(texts)
        for hit in detect_in_cells(DETECTOR, [text])
    ]
    assert together == apart


@given(text=st.text(max_size=300) | TEXTS)
def test_places_are_characters_of_the_text_and_lines_are_where_they_stand(text: str) -> None:
    raw = text.encode("utf-8", "replace")
    text = raw.decode()
    for one in scanned(raw).findings:
        assert 0 <= one.start < one.end <= len(text)
        assert one.line == text.count("\n", 0, one.start) + 1


@given(raw=st.binary(max_size=400))
def test_any_bytes_are_scanned(raw: bytes) -> None:
    scanned(raw)


@given(raw=st.binary(max_size=600), piece=st.integers(1, 50), long=st.integers(16, 64))
def test_blocks_hold_every_byte_once(raw: bytes, piece: int, long: int) -> None:
    held = b"".join(
        block.data[block.start : block.stop] for block in blocks(io.BytesIO(raw).read, piece, long)
    )
    assert held == raw


def only(text: str) -> Finding:
    (one,) = scanned(text.encode()).findings
    return one


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("é mail j\u200bane.roe@acme-corp.com now", "j\u200bane.roe@acme-corp.com"),
        ("SSN ４６０-８９-９８４７.", "４６０-８９-９８４７"),
        ("SSN 460\u201189\u20119847.", "460\u201189\u20119847"),
        ("card 5555\u00a05555\u00a05555\u00a04444", "5555\u00a05555\u00a05555\u00a04444"),
        ("\u202eip\u202c 81.2.69.142 ü", "81.2.69.142"),
        ("IBAN gb82west12345698765432 and so", "gb82west12345698765432"),
    ],
)
def test_a_value_is_found_however_it_is_written(text: str, value: str) -> None:
    one = only(text)
    assert text[one.start : one.end] == value


def test_a_label_on_the_line_above_is_a_word_for_it() -> None:
    assert only("Phone:\n0490 75 40 81\n").tier == "verified"
    assert not scanned(b"Phone rang\n0490 75 40 81\n").findings


def test_a_label_of_another_number_is_none_for_it() -> None:
    assert not scanned(b"call us about order 4155552671").findings
    assert scanned(b"about the order: call 4155552671").findings


def test_a_north_american_number_needs_no_word_where_its_area_code_is_given_out() -> None:
    assert only("so it was 212-736-5000 then").tier == "verified"
    assert not scanned(b"so it was 999-736-5000 then").findings


def test_of_two_kinds_in_one_place_the_one_with_proof_stays() -> None:
    assert only("phone 460-89-9847").kind == "us_ssn"


@pytest.mark.parametrize(
    "unit",
    [
        "1",
        "1-",
        "a@",
        "@",
        "(",
        "+1",
        "1.",
        "::",
        "A1",
        "-----BEGIN ",
        "eyJ",
        "\u200b",
        " ",
        "a@bc.de ",
        "card 4242424242424242 ",
    ],
)
def test_much_of_one_thing_on_one_line_takes_time_in_proportion(unit: str) -> None:
    text = (unit * (1 << 18))[: 1 << 18]
    scanned(text.encode())


@pytest.mark.parametrize("text", ["zelda@quistmail.net.csv.gz", "To zelda@quistmail.net.Thanks"])
def test_an_address_ends_where_its_domain_does(detector: Detector, text: str) -> None:
    assert "zelda" not in masked(detector, text)[0]
    assert masked(detector, "logo@2x.png and git@github.com.git")[1] == []
