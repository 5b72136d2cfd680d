import json

import pytest

from bot.release.attestations import derive
from bot.release.attestations.provenance import provenance, read_model, read_subjects
from bot.release.attestations.sums import read_sums
from tests.release.attestations.telling import FILES, GATES, PINS, REPOSITORY, told
from tests.release.worlds import REQUEST


def test_the_provenance_says_where_the_model_comes_from_and_who_let_it_out() -> None:
    statement = provenance(told(), FILES)
    build = statement["predicate"]["buildDefinition"]
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://slsa.dev/provenance/v1"
    assert read_subjects(statement) == {file.path: file.sha256 for file in FILES}
    assert read_model(statement) == ("acme/digits-moved", "1.0.0")
    assert build["internalParameters"]["requester"] == "alice"
    assert build["internalParameters"]["approvers"] == ["bob"]
    assert build["internalParameters"]["gates"] == [
        {"name": "manifest", "outcome": "pass"},
        {"name": "card", "outcome": "waived", "waiver": GATES[1].evidence[0]},
    ]
    repository, *pinned = build["resolvedDependencies"]
    assert repository == {
        "uri": f"git+https://github.com/{REPOSITORY}",
        "digest": {"gitCommit": REQUEST.commit},
    }
    assert pinned[:3] == [
        {"uri": PINS[1].uri, "digest": {"gitCommit": PINS[1].value}},
        {"uri": PINS[2].uri, "annotations": {"etag": PINS[2].value}},
        {"uri": PINS[3].uri, "digest": {"sha256": PINS[3].value}},
    ]
    assert statement["predicate"]["runDetails"]["metadata"] == {"invocationId": "r1"}


def test_of_a_private_repository_neither_name_nor_people_nor_places_nor_reasons_are_told() -> None:
    files = derive(told(private=True))
    text = (
        "".join(file.text for file in files).replace("acme/digits-moved", "").replace("acme/digits-base", "")
    )
    text = (
        text.replace("datasets/acme/digits", "")
        .replace("dataset:acme/digits", "")
        .replace('"acme/digits"', "")
    )
    for word in (REQUEST.repository, "alice", "bob", "carol", "secret project", "models/digits", "staging"):
        assert word not in text.replace("dataset acme/digits", "")
    assert REQUEST.commit in text


def test_the_same_records_always_make_the_same_attestations() -> None:
    assert derive(told()) == derive(told())


def test_each_attestation_covers_those_before_it() -> None:
    bom, statement, sums = derive(told())
    subjects = read_subjects(json.loads(statement.text))
    listed = read_sums(sums.text)
    assert subjects.keys() == {*(file.path for file in FILES), bom.path}
    assert listed.keys() == {*subjects, statement.path}
    assert subjects.items() <= listed.items()


@pytest.mark.parametrize("text", ["x", "a" * 64, f"{'a' * 64} x", f"{'A' * 64}  x", f"{'a' * 64}  x\n" * 2])
def test_sums_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="line"):
        read_sums(text)


@pytest.mark.parametrize("statement", [None, {}, {"_type": 1, "predicateType": 2, "subject": []}, []])
def test_what_is_no_statement_is_refused(statement: object) -> None:
    with pytest.raises(ValueError, match="statement"):
        read_subjects(statement)
    with pytest.raises(ValueError, match="which model"):
        read_model(statement)
