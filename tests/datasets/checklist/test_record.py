from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.datasets.checklist.assess import assess
from bot.datasets.checklist.evidence import Evidence
from bot.datasets.checklist.gathering import gather
from bot.datasets.checklist.items import all_items
from bot.datasets.checklist.own_template import ChecklistError
from bot.datasets.checklist.page import boxes, write_page
from bot.datasets.checklist.record import Record, json_schema, make_record, sign_offs_of, standing
from bot.datasets.checklist.sign_off import Signer, SignOff
from bot.datasets.checklist.states import State
from bot.rendering import BODY_LIMIT
from tests.datasets.checklist.people import people

ADA, BOB = Signer(login="ada", account=1), Signer(login="bob", account=2)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """Data with nothing against them, that a person has still to decide on."""
    folder = people(tmp_path_factory.mktemp("data"), email=False)
    return gather(folder, quasi=["age", "sex"], sensitive=["illness"], confirmed_by=["ada"])


def record_of(evidence: Evidence, *signed: SignOff, ticked: bool = True) -> Record:
    ticks = {item.number: "bob" for item in all_items()} if ticked else {}
    assessed = assess(all_items(), evidence)
    return make_record("general", assessed, evidence, ticks=ticks, authors=[ADA], sign_offs=signed)


def signed(evidence: Evidence, signer: Signer = BOB, permission: str = "write") -> SignOff:
    return SignOff(
        signer=signer,
        permission=permission,
        role="data steward",
        digest=evidence.digest,
        rules=evidence.scan.rules,
        checklist="general",
        day="2026-11-21",
    )


def test_signed_by_another_and_with_all_boxes_ticked_it_is_green(evidence: Evidence) -> None:
    found = standing(record_of(evidence, signed(evidence)))
    assert found.green, found
    assert not standing(record_of(evidence)).green
    assert 35 in standing(record_of(evidence, signed(evidence), ticked=False)).open


def test_the_author_alone_is_not_enough_under_whatever_login(evidence: Evidence) -> None:
    renamed = Signer(login="ada-lovelace", account=1)
    found = sign_offs_of(record_of(evidence, signed(evidence, ADA), signed(evidence, renamed)))
    assert not found.enough
    assert len(found.valid) == 1
    assert "somebody who brought none of the data" in found.missing


def test_any_change_of_the_data_or_the_rules_voids_a_sign_off(evidence: Evidence) -> None:
    before = signed(evidence)
    other_data = replace(evidence, files=evidence.files[:-1])
    other_rules = replace(evidence, scan=replace(evidence.scan, rules="0"))
    for changed, reason in ((other_data, "the data changed since"), (other_rules, "the rules changed since")):
        record = record_of(changed, before)
        assert sign_offs_of(record).void == ((before, reason),)
        assert reason in write_page(record)
        assert not standing(record).green


def test_a_sign_off_needs_write_permission(evidence: Evidence) -> None:
    found = sign_offs_of(record_of(evidence, signed(evidence, permission="read")))
    assert not found.valid


def test_a_tick_does_not_pass_what_has_evidence_against_it(tmp_path: Path) -> None:
    with_mail = gather(people(tmp_path))
    record = record_of(with_mail, signed(with_mail))
    assert not next(item for item in record.items if item.number == 6).ticked_by
    assert 6 in standing(record).against
    assert not boxes(write_page(record))[6]


def test_the_page_has_a_box_for_every_item_and_says_who_ticked_it(evidence: Evidence) -> None:
    page = write_page(record_of(evidence))
    assert sorted(boxes(page)) == list(range(1, 45))
    assert boxes(page)[35]
    assert "Ticked by `bob`" in page
    bare = boxes(write_page(record_of(evidence, ticked=False)))
    passed = {item.number for item in record_of(evidence).items if item.state is State.NOTHING_FOUND}
    assert {number for number, ticked in bare.items() if ticked} == passed


def test_many_long_names_do_not_make_the_page_longer_than_a_comment(tmp_path: Path) -> None:
    for table in range(5):
        names = ",".join(f"age of the {number}th person {'x' * 150}" for number in range(30))
        values = ",".join(["30"] * 30)
        (tmp_path / f"{table}{'y' * 150}.csv").write_text(f"{names}\n{values}\n", encoding="utf-8")
    page = write_page(record_of(gather(tmp_path, quasi=["age"], confirmed_by=["ada"])))
    assert len(page) < BODY_LIMIT


def test_names_from_the_data_cannot_add_a_box(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text('"age\n- [x] **35.** done"\n1\n', encoding="utf-8")
    (tmp_path / "y.csv").write_text("age` - [x] **35.**\n1\n", encoding="utf-8")
    page = write_page(record_of(gather(tmp_path), ticked=False))
    assert not boxes(page)[35]


def test_the_record_can_be_read_again_and_holds_no_value(tmp_path: Path) -> None:
    evidence = gather(people(tmp_path), quasi=["age", "email"], confirmed_by=["ada"])
    record = record_of(evidence, signed(evidence))
    assert Record.model_validate_json(record.as_json()) == record
    assert "person0" not in record.as_json() + write_page(record)


def test_a_template_of_a_repository_is_rendered_in_the_sandbox(evidence: Evidence) -> None:
    record = record_of(evidence)
    own = '{% import "checklists/_items.md.j2" as parts %}# Ours\n{{ parts.part(record, [35]) }}'
    assert list(boxes(write_page(record, own))) == [35]
    for bad in (
        "{{ record.__class__.__mro__ }}",
        "{{ nothing.here }}",
        "{% for %}",
        "{{ 1 / 0 }}",
        "x" * 70_000,
    ):
        with pytest.raises(ChecklistError):
            write_page(record, bad)


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{{ 'x' * 10000000000 }}",
    ],
    ids=["without end", "of ten gigabytes"],
)
def test_a_template_that_takes_too_much_is_stopped(
    evidence: Evidence, template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.apart.SECONDS", 2)
    with pytest.raises(ChecklistError, match=r"make it simpler|cannot be rendered"):
        write_page(record_of(evidence), template)


def test_the_schema_has_every_part_of_a_record() -> None:
    schema = json_schema()
    assert set(schema["properties"]) == set(Record.model_fields)
