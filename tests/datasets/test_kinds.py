import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.datasets import detection
from bot.datasets.detection import Detector
from bot.datasets.findings import Tier
from bot.datasets.kinds import Kind, known_kinds, properties, rules_version
from bot.datasets.kinds.checks import check_named
from bot.datasets.linear import begins_with_digit, compiled, is_in
from tests.datasets.texts import LOOK_ALIKES, POSSIBLE, VERIFIED


def found(detector: Detector, text: str) -> dict[str, Tier]:
    return {hit.kind: hit.tier for hit in detector.detect(text.encode())}


@pytest.mark.parametrize(("kind", "text"), VERIFIED.items())
def test_a_kind_is_verified_where_its_checksum_or_a_word_says_so(
    detector: Detector, kind: str, text: str
) -> None:
    assert found(detector, text).get(kind) is Tier.VERIFIED


@pytest.mark.parametrize(("kind", "text"), POSSIBLE.items())
def test_a_kind_without_a_checksum_is_never_more_than_possible(
    detector: Detector, kind: str, text: str
) -> None:
    assert found(detector, text).get(kind) is Tier.POSSIBLE


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_what_looks_like_personal_data_is_none(detector: Detector, text: str) -> None:
    assert Tier.VERIFIED not in found(detector, text).values()


def test_there_are_kinds_enough_and_every_one_of_them_is_tried_out() -> None:
    names = {kind.name for kind in known_kinds()}
    assert len(names) >= 35
    assert names - VERIFIED.keys() - POSSIBLE.keys() <= ISSUERS_TOKENS | RARE


ISSUERS_TOKENS = {
    "gitlab_token",
    "openai_key",
    "anthropic_key",
    "google_api_key",
    "slack_token",
    "stripe_key",
    "npm_token",
    "pypi_token",
    "sendgrid_key",
    "telegram_bot_token",
    "aws_secret_key",
}
RARE = {"ca_bc_phn", "pt_cc", "hu_tax_id", "ar_dni", "cu_ni", "us_mbi", "employee_or_student_id"}


def test_every_kind_names_its_source_and_a_check_that_there_is() -> None:
    for kind in known_kinds():
        assert kind.source
        assert re.fullmatch(r"[a-z0-9_]+", kind.name)
        if kind.check:
            check_named(kind.check)
        assert kind.alone or kind.words, f"{kind.name} is never found"


PHONES = ("(212) 555-2671 x12", "212-555-2671", "1.212.555.2671", "+49 (0)30 901820", "(0221) 98765-43")


CODES = ("0x52908400098527886E0F7030069857D2E4169EE7", "wJalrXUtnFEMIK7MDENGbPxRfiCYzAbCdEfGhIjK")


def test_a_hint_is_wherever_its_shape_is() -> None:
    texts = [text.encode() for text in (*VERIFIED.values(), *POSSIBLE.values(), *PHONES, *CODES)]
    tried = set()
    for kind in known_kinds():
        if kind.hint:
            shape, hint = compiled(kind.pattern), compiled(kind.hint)
            having = [text for text in texts if is_in(shape, text)]
            assert all(is_in(hint, text) for text in having)
            tried |= {kind.name} if having else set()
    assert tried >= {kind.name for kind in known_kinds() if kind.hint}


def test_shapes_of_one_kind_are_evidence_for_one_item() -> None:
    items: dict[str, set[tuple[str, int]]] = {}
    for kind in known_kinds():
        items.setdefault(kind.name, set()).add((kind.gates, kind.item))
    assert all(len(each) == 1 for each in items.values())
    assert not {one.name for one in properties()} & items.keys()


def test_secrets_gate_however_few_they_are() -> None:
    assert {kind.gates for kind in known_kinds() if kind.item == 20} == {"always"}


def test_the_version_of_the_rules_changes_with_any_of_them() -> None:
    kinds = known_kinds()
    changed = (kinds[0].model_copy(update={"priority": 1}), *kinds[1:])
    assert rules_version(kinds) == rules_version(kinds) != rules_version(changed)


@pytest.mark.parametrize("pattern", ["(", r"(a)\1", "(?=a)b", "a{2000}", "a*", ""])
def test_a_pattern_that_re2_cannot_bound_or_that_matches_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError):
        Kind(name="own_kind", title="own", pattern=pattern, source="ours")


def test_a_kind_of_ones_own_is_found_as_the_others_are() -> None:
    own = Kind(
        name="staff_id", title="staff number", pattern=r"\bACME-\d{6}\b", alone=Tier.VERIFIED, source="ours"
    )
    assert found(Detector([own]), "by ACME-004211.") == {"staff_id": Tier.VERIFIED}


@pytest.mark.parametrize(("pattern", "value"), [(r"\bR-\d\b", "R-7"), (r"\bward [a-z]+\b", "ward north")])
def test_a_kind_that_needs_a_word_is_found_however_few_digits_it_takes(pattern: str, value: str) -> None:
    own = Kind(name="room", title="room", pattern=pattern, words=("bed",), source="ours")
    alone = Detector([own])
    assert found(alone, f"bed in {value}") == {"room": Tier.VERIFIED}
    assert found(alone, f"the bed:\n{value} it is") == {"room": Tier.VERIFIED}
    assert not found(alone, f"seat in {value}")


MARKED = [kind for kind in known_kinds() if kind.mark]


@given(data=st.data())
def test_a_mark_is_near_the_beginning_of_every_value(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(MARKED))
    shape = re.compile(kind.pattern.replace(r"\b", ""), re.ASCII)
    value = data.draw(st.from_regex(shape, fullmatch=True)).encode()
    mark = rb"[0-9]" if kind.mark == "0" else re.escape(kind.mark).encode()
    assert (found := re.search(mark, value))
    assert found.start() <= detection.MARGIN


def test_a_shape_is_known_to_begin_with_a_digit() -> None:
    assert begins_with_digit(compiled(r"\b\d{3}-\d"))
    assert begins_with_digit(compiled(r"\b(?:9\d|1[01]\d)\b"))
    assert not begins_with_digit(compiled(r"\d\d|x\d"))
    assert not begins_with_digit(compiled(r"[+-]?\d\d"))
