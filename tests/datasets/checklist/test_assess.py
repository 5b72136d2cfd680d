from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.datasets.checklist.assess import Assessed, assess
from bot.datasets.checklist.evidence import RECORD, Evidence, is_croissant
from bot.datasets.checklist.gathering import gather, release_in
from bot.datasets.checklist.items import LISTS, all_items, items_of
from bot.datasets.checklist.measures import MEASURES
from bot.datasets.checklist.states import State
from bot.datasets.findings import Coverage
from bot.rendering import template_folder
from tests.datasets.checklist.people import CARD, people
from tests.datasets.samples import picture


def assessed(evidence: Evidence) -> dict[int, Assessed]:
    return {one.item.number: one for one in assess(all_items(), evidence)}


@pytest.fixture(scope="module")
def with_mail(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    folder = people(tmp_path_factory.mktemp("data"))
    (folder / "README.md").write_text(CARD, encoding="utf-8")
    return gather(folder)


@pytest.fixture(scope="module")
def confirmed(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    folder = people(tmp_path_factory.mktemp("data"), email=False)
    return gather(folder, quasi=["age", "sex"], sensitive=["illness"], confirmed_by=["ada"])


def test_there_are_44_items_each_with_its_source_and_a_look_that_exists() -> None:
    assert [item.number for item in all_items()] == list(range(1, 45))
    assert {item.measure for item in all_items() if item.measure} == set(MEASURES)
    assert all(set(items_of(name)) <= set(all_items()) for name in LISTS)
    hipaa = {source for item in items_of("hipaa") for source in item.sources}
    assert {f"HIPAA {letter}" for letter in "ABCDEFGHIJKLMNOPQR"} <= hipaa


def test_a_verified_finding_speaks_against_its_item(with_mail: Evidence) -> None:
    mail = assessed(with_mail)[6]
    assert mail.state is State.AGAINST
    assert "60 found" in mail.evidence
    assert "`people.csv: email`" in mail.evidence


def test_what_files_say_of_themselves_speaks_against_its_item(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(picture())
    (tmp_path / "visits.csv").write_text("day\n" + "2024-03-01\n" * 60, encoding="utf-8")
    found = assessed(gather(tmp_path))
    assert found[21].state is State.AGAINST
    assert "`a.jpg: GPSInfo`" in found[21].evidence
    assert "60 possible ones" in found[3].evidence


def test_what_is_not_found_says_by_which_rules_and_in_how_much(with_mail: Evidence) -> None:
    cards = assessed(with_mail)[10]
    assert cards.state is State.NOTHING_FOUND
    assert with_mail.scan.rules in cards.evidence
    assert "2 of 2 files read to their end" in cards.evidence


def test_no_item_that_a_person_decides_is_ever_passed(with_mail: Evidence, confirmed: Evidence) -> None:
    for evidence in (with_mail, confirmed):
        for one in assessed(evidence).values():
            assert not (one.item.needs_person and one.state is State.NOTHING_FOUND), one.item.number


def test_a_card_that_denies_what_was_found_is_contradicted(with_mail: Evidence) -> None:
    assert assessed(with_mail)[39].state is State.AGAINST


def test_a_croissant_description_is_held_against_what_was_found(with_mail: Evidence) -> None:
    rai = dict.fromkeys(
        (
            "rai:dataCollection",
            "rai:dataPreprocessingProtocol",
            "rai:dataReleaseMaintenancePlan",
            "rai:dataSocialImpact",
        ),
        "as the ward's handbook says",
    )
    personal = "rai:personalSensitiveInformation"
    for described, state in (
        ({}, State.NEEDS_PERSON),
        (rai, State.NEEDS_PERSON),
        (rai | {personal: "None."}, State.AGAINST),
        (rai | {personal: ["E-mail addresses of patients"]}, State.NOTHING_FOUND),
    ):
        assert assessed(replace(with_mail, croissant=described))[43].state is state


def test_a_croissant_description_may_conform_to_several_things() -> None:
    core, rai = "http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"
    assert is_croissant({"conformsTo": core})
    assert is_croissant({"dct:conformsTo": [core, rai]})
    assert not is_croissant({"conformsTo": ["https://example.org", 7]})
    assert not is_croissant([core])


def test_k_means_nothing_until_a_person_confirmed_the_columns(with_mail: Evidence) -> None:
    found = assessed(with_mail)
    assert found[23].state is State.NEEDS_PERSON
    assert "`age`" in found[22].evidence


def test_confirmed_columns_are_measured(confirmed: Evidence) -> None:
    found = assessed(confirmed)
    assert found[23].state is State.NOTHING_FOUND
    assert "k = 5, 0 of 60 rows" in found[23].evidence
    assert found[27].state is State.NOTHING_FOUND
    assert "l = 2" in found[25].evidence


def test_small_classes_and_told_secrets_speak_against(tmp_path: Path) -> None:
    folder = people(tmp_path, email=False, rows=7)
    found = assessed(gather(folder, quasi=["age", "sex", "x"], sensitive=["illness"], confirmed_by=["ada"]))
    assert found[23].state is found[27].state is State.AGAINST
    assert "`sex`: left out would give k = 7" in found[23].evidence
    assert "No table has `x`" in found[22].evidence
    assert found[25].state is State.NEEDS_PERSON
    told = assessed(gather(folder, quasi=["sex"], sensitive=["age"], confirmed_by=["ada"]))
    assert told[25].state is State.AGAINST


def test_tables_that_a_key_joins_are_named(tmp_path: Path) -> None:
    rows = "\n".join(f"c-{row},{row % 3}" for row in range(30))
    for file in ("now/visits.csv", "now/bills.csv", "before/visits.csv"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(f"patient,ward\n{rows}\n", encoding="utf-8")
    found = assessed(gather(tmp_path / "now", earlier=release_in(tmp_path / "before")))[24]
    assert found.state is State.NEEDS_PERSON
    assert "`bills.csv` and `visits.csv` share 30 values of `patient` and `patient`" in found.evidence
    assert "`its earlier release visits.csv` share 30 values" in found.evidence
    assert "`bills.csv` and `the earlier visits.csv` share 30 values" in found.evidence


def test_it_is_told_what_the_tables_were_held_against(tmp_path: Path) -> None:
    now = tmp_path / "visits.csv"
    now.write_text("patient\n" + "\n".join(f"c-{row}" for row in range(30)), encoding="utf-8")
    (tmp_path / "old.csv").write_text("patient\n" + "\n".join(f"d-{row}" for row in range(30)))
    (tmp_path / "bad.csv").write_text("patient,ward\n1\n")
    earlier = {name: tmp_path / name for name in ("old.csv", "bad.csv")}
    found = assessed(gather(now, earlier=earlier))[24]
    assert "No key shares a value with the earlier `old.csv`" in found.evidence
    assert "cannot be read of earlier: bad.csv" in found.evidence


def test_a_file_that_cannot_be_read_keeps_everything_from_looking_clean(tmp_path: Path) -> None:
    folder = people(tmp_path, email=False)
    (folder / "bad.csv").write_text("age,sex\n1,2,3\n", encoding="utf-8")
    evidence = gather(folder, quasi=["age", "sex"], confirmed_by=["ada"])
    locked = Coverage("more.bin", None, not_scanned="its format is not known")
    scan = replace(evidence.scan, coverage=(*evidence.scan.coverage, locked))
    found = assessed(replace(evidence, scan=scan))
    assert found[44].state is State.AGAINST
    assert "`more.bin`" in found[44].evidence
    assert found[10].state is State.NEEDS_PERSON
    assert found[23].state is State.NEEDS_PERSON
    assert "`bad.csv` was not measured" in found[23].evidence


def test_links_are_not_followed_and_keep_the_checklist_from_looking_complete(tmp_path: Path) -> None:
    outside = people(tmp_path / "outside")
    folder = people(tmp_path / "data", email=False)
    (folder / "linked.csv").symlink_to(outside / "people.csv")
    (folder / "more").symlink_to(outside)
    found = assessed(gather(folder))
    assert found[6].state is State.NEEDS_PERSON
    assert found[44].state is State.AGAINST
    assert {"`linked.csv`", "`more`"} <= set(found[44].evidence.split())


def test_the_digest_is_of_the_data_and_not_of_what_describes_them(tmp_path: Path) -> None:
    folder = people(tmp_path, email=False, rows=3)
    before = gather(folder).digest
    (folder / RECORD).write_text("{}", encoding="utf-8")
    (folder / "README.md").write_text("# What it is\n", encoding="utf-8")
    assert gather(folder).digest == before
    (folder / "people.csv").rename(folder / "persons.csv")
    assert gather(folder).digest != before


def test_nothing_here_claims_more_than_was_checked() -> None:
    claims = re.compile(
        r"\banonymous\b|\bno personal data\b|\bcontains no\b|\bsafe\b(?! harbor)", re.IGNORECASE
    )
    for template in (template_folder() / "checklists").iterdir():
        said = claims.search(template.read_text(encoding="utf-8"))
        assert said is None, (template.name, said)
