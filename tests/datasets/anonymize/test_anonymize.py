from __future__ import annotations

import csv
import gzip
import json
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer import Typer
from typer.testing import CliRunner

from bot.datasets.anonymize.command import anonymize as command
from bot.datasets.anonymize.policy import (
    KEY_VARIABLE,
    Fake,
    Generalise,
    Hash,
    Keep,
    Mask,
    Policy,
    Shift,
    Step,
    read_policy,
    write_policy,
)
from bot.datasets.anonymize.propose import propose_for
from bot.datasets.anonymize.rows import RowsError
from bot.datasets.anonymize.run import PolicyError, anonymize
from bot.documents import DocumentError

KEY = b"0123456789abcdef0123456789abcdef"
PEOPLE = '''patient,name,mail,age,born,visit,note,zip
p1,Erika Muster,erika@clinic-nord.de,93,1931-04-17,2024-03-01,"Write to erika@clinic-nord.de, please",01234
p2,Max Muster,max@clinic-nord.de,34,1990-01-02,2024-03-05,"nothing, ""really""",01235
p1,Erika Muster,erika@clinic-nord.de,93,1931-04-17,2024-03-11 08:30,,01234
'''
POLICY = """
columns:
  patient: {do: hash, group: patient}
  name: {do: fake, kind: name}
  mail: {do: fake, kind: email}
  age: {do: band, amount: 10, top: 90}
  born: {do: year}
  visit: {do: shift, days: 30, per: patient}
  note: {do: mask}
  zip: {do: keep}
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, tuple[int, int]]]:
    folder = tmp_path_factory.mktemp("anonymize")
    (folder / "in.csv").write_text(PEOPLE, encoding="utf-8")
    result = anonymize(folder / "in.csv", folder / "out.csv", read_policy(POLICY), KEY)
    assert result.complete
    return folder / "out.csv", {one.kind: (one.before, one.after) for one in result.changes}


def rows_of(path: Path) -> list[list[str]]:

    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def test_one_value_always_becomes_the_same_one(done: tuple[Path, object]) -> None:
    first, second, third = rows_of(done[0])
    assert first[:3] == third[:3] != second[:3]
    assert first[2].endswith("@example.org")


def test_days_of_one_patient_keep_their_distance(done: tuple[Path, object]) -> None:

    first, _, third = rows_of(done[0])
    assert (date.fromisoformat(third[5][:10]) - date.fromisoformat(first[5])).days == 10
    assert first[5] != "2024-03-01"
    assert third[5].endswith(" 08:30")


def test_values_are_generalised_masked_or_kept(done: tuple[Path, object]) -> None:
    first, second, third = rows_of(done[0])
    assert (first[3], second[3], first[4]) == ("90+", "[30, 40)", "1931")
    assert first[6] == "Write to [email_address], please"
    assert (second[6], third[6]) == ('nothing, "really"', "")
    assert first[7] == "01234"


def test_what_was_there_and_what_is_left_is_counted(
    done: tuple[Path, dict[str, tuple[int, int]]],
) -> None:
    assert done[1]["email_address"] == (4, 0)


def test_nothing_of_a_person_is_in_what_is_written(done: tuple[Path, object]) -> None:
    written = done[0].read_text(encoding="utf-8")
    for gone in ("Erika", "Muster", "clinic", "p1", "1931-04"):
        assert gone not in written


def test_the_same_key_gives_the_same_bytes_and_another_key_others(
    done: tuple[Path, object], tmp_path: Path
) -> None:
    (tmp_path / "in.csv.gz").write_bytes(gzip.compress(PEOPLE.encode()))
    anonymize(tmp_path / "in.csv.gz", tmp_path / "same.csv", read_policy(POLICY), KEY)
    anonymize(tmp_path / "in.csv.gz", tmp_path / "other.csv", read_policy(POLICY), KEY[::-1])
    assert (tmp_path / "same.csv").read_bytes() == done[0].read_bytes()
    assert rows_of(tmp_path / "other.csv")[0][0] != rows_of(done[0])[0][0]


def test_json_lines_keep_what_is_kept_exactly(tmp_path: Path) -> None:
    line = '{"id": 7, "name": "Erika", "score": 0.10, "tags": ["a", null], "more": {"x": 1}}'
    (tmp_path / "in.jsonl").write_text(f'{line}\n{{"id": 8, "name": null}}\n', encoding="utf-8")
    policy = read_policy(
        "columns: {id: {do: hash}, name: {do: drop}, score: {do: keep}, tags: {do: keep}, more: {do: hide}}"
    )
    anonymize(tmp_path / "in.jsonl", tmp_path / "out.jsonl", policy, KEY)
    first, second = map(json.loads, (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines())
    assert (first["score"], first["tags"], first["more"]) == (0.1, ["a", None], "*")
    assert list(second) == ["id"]
    assert len(first["id"]) == 32


def test_a_parquet_file_keeps_its_order_and_types(tmp_path: Path) -> None:
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    with duckdb.connect() as database:
        database.execute(
            "COPY (SELECT i AS \"my id\", DATE '2020-01-31' + i::INT AS day, i / 4 AS pay, [i] AS tags "
            f"FROM range(2500) AS r (i)) TO '{source}'"
        )
        policy = read_policy(
            "columns: {my id: {do: hash}, day: {do: month}, pay: {do: keep}, tags: {do: keep}}"
        )
        assert anonymize(source, target, policy, KEY).rows == 2500
        rows = database.execute(f"SELECT * FROM '{target}'").fetchall()
        assert [row[2] for row in rows] == [number / 4 for number in range(2500)]
        assert (rows[0][1], rows[7][3], len(rows[0][0])) == ("2020-01", [7], 32)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet", "out.parquet"]


@pytest.mark.parametrize(
    ("policy", "key", "says"),
    [
        ("columns: {a: {do: keep}}", KEY, "nothing of b"),
        ("columns: {a: {do: keep}, b: {do: keep}, c: {do: drop}}", KEY, "no column called c"),
        ("columns: {a: {do: keep}, b: {do: shift, per: who}}", KEY, "no column called who"),
        ("columns: {a: {do: keep}, b: {do: hash}}", b"short", "secret key"),
    ],
)
def test_a_policy_that_does_not_fit_is_refused_and_nothing_is_written(
    tmp_path: Path, policy: str, key: bytes, says: str
) -> None:
    (tmp_path / "in.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(PolicyError, match=says):
        anonymize(tmp_path / "in.csv", tmp_path / "out.csv", read_policy(policy), key)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.parametrize("text", ["a,b\n1,2,3\n", 'a,b\n1,"Erika\n', "a,a\n1,2\n", "a,b\n1,\udce9\n", ""])
def test_a_broken_table_is_refused_whole_and_not_repeated(tmp_path: Path, text: str) -> None:
    (tmp_path / "in.csv").write_bytes(text.encode("utf-8", "surrogateescape"))
    policy = read_policy("columns: {a: {do: keep}, b: {do: keep}}")
    with pytest.raises(RowsError) as caught:
        anonymize(tmp_path / "in.csv", tmp_path / "out.csv", policy)
    assert "Erika" not in str(caught.value)
    assert not (tmp_path / "out.csv").exists()


def test_a_policy_with_an_unknown_step_says_where() -> None:
    with pytest.raises(DocumentError) as caught:
        read_policy("columns:\n  a: {do: keep}\n  b: {do: scramble}\n")
    assert caught.value.problems[0].line == 3


NAMES = st.text(min_size=1, max_size=200).filter(
    lambda name: not any("\ud800" <= one <= "\udfff" for one in name)
)


STEPS = st.sampled_from([Keep(), Hash(group="a: b"), Shift(per="#x"), Fake(kind="name")])


@given(st.dictionaries(NAMES, STEPS, min_size=1, max_size=5))
def test_a_policy_for_any_names_can_be_read_again(columns: dict[str, Step]) -> None:
    policy = Policy(columns=columns)
    assert read_policy(write_policy(policy, dict.fromkeys(columns, "why\nnot: # {}"))) == policy


def test_the_command_proposes_a_policy_that_it_can_carry_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = Typer()
    app.command()(command)
    monkeypatch.setenv(KEY_VARIABLE, KEY.decode())
    source, policy, target = tmp_path / "in.csv", tmp_path / "policy.yml", tmp_path / "out.csv"
    source.write_text(PEOPLE, encoding="utf-8")
    proposed = CliRunner().invoke(app, [str(source)])
    assert proposed.exit_code == 0, proposed.output
    assert "mail: {do: hash}" in proposed.stdout
    policy.write_text(proposed.stdout, encoding="utf-8")
    done = CliRunner().invoke(app, [str(source), str(target), "--policy", str(policy), "--json"])
    assert json.loads(done.stdout)["verified_left"] == 0
    assert "clinic" not in target.read_text(encoding="utf-8")
    again = CliRunner().invoke(app, [str(source), str(target), "--policy", str(policy)])
    assert again.exit_code == 2


def test_what_is_personal_within_lists_and_objects_is_masked_and_they_stay(
    tmp_path: Path,
) -> None:
    talk = [{"role": "user", "content": "mail zelda@quistmail.net\nor 7"}, {"role": "system", "n": 3}]
    lines = [json.dumps({"id": f"c{number}", "messages": talk}) for number in range(60)]
    (tmp_path / "chats.jsonl").write_text("\n".join(lines), encoding="utf-8")
    policy, why = propose_for(tmp_path / "chats.jsonl")
    assert policy.columns["messages"] == Mask()
    assert "email_address" in why["messages"]
    anonymize(tmp_path / "chats.jsonl", tmp_path / "out.jsonl", policy, b"k" * 32)
    first = json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert first["messages"] == [{"role": "user", "content": "mail [email_address]\nor 7"}, talk[1]]


def test_sentences_are_masked_and_not_taken_for_what_stands_in_them(tmp_path: Path) -> None:
    note = "Seen by Dr. Xavier Holm in the morning, and can be called at 415-867-5300"
    (tmp_path / "a.csv").write_text("ward;note\n" + f"3;{note}\n" * 60, encoding="utf-8")
    policy, _ = propose_for(tmp_path / "a.csv")
    assert policy.columns["note"] == Mask()
    anonymize(tmp_path / "a.csv", tmp_path / "out.csv", policy, b"k" * 32)
    written = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert written[1].endswith(";Seen by [person_name] in the morning, and can be called at [phone_number]")


def test_what_was_hidden_is_not_found_again(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("dob,n\n1951-03-01,1\n1952-03-01,2\n", encoding="utf-8")
    policy = Policy(columns={"dob": Generalise(do="hide"), "n": Keep()})
    result = anonymize(tmp_path / "a.csv", tmp_path / "out.csv", policy)
    assert [(one.kind, one.before, one.after) for one in result.changes] == [("date_of_birth", 2, 0)]
