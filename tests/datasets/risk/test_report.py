from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer import Typer
from typer.testing import CliRunner

from bot.datasets.generalisations import Generalisation
from bot.datasets.risk.command import risk as command
from bot.datasets.risk.measures import measure
from bot.datasets.risk.report import Report, report
from bot.datasets.risk.tables import Table, open_table


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a table of 400 people with what can tell them apart, and a key that is a hash."""
    chance = random.Random(7)
    path = tmp_path_factory.mktemp("risk") / "people.csv"
    lines = ["patient_id,age,postcode,born,gender,note,diagnosis"]
    for number in range(400):
        age = chance.randint(20, 95)
        lines.append(
            f"{hashlib.md5(str(number).encode()).hexdigest()},{age},{chance.randint(10000, 10400)},"
            f"{2026 - age}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02},{chance.choice('mf')},"
            f"came in {number} with a long story about what had happened,{chance.choice(['flu', 'cold'])}"
        )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def table(file: Path) -> Iterator[Table]:
    with open_table(file) as opened:
        yield opened


@pytest.fixture(scope="module")
def found(table: Table) -> Report:
    return report(table, ["age", "postcode", "gender"], ["diagnosis"], with_keys=True, with_advice=True)


def test_roles_are_proposed_from_names_and_values(found: Report) -> None:
    assert {one.column: one.role for one in found.attributes} == {
        "patient_id": "identifier",
        "age": "quasi-identifier",
        "postcode": "quasi-identifier",
        "born": "quasi-identifier",
        "gender": "quasi-identifier",
        "note": "free text",
        "diagnosis": "sensitive",
    }


def test_nothing_is_measured_until_columns_are_named(table: Table) -> None:
    assert report(table, []).risk is None


def test_no_figure_is_claimed_for_free_text(found: Report) -> None:
    assert found.risk is not None
    assert found.risk.free_text == ("note",)


def test_advice_is_what_measuring_the_generalised_table_gives(
    table: Table, found: Report, tmp_path: Path
) -> None:
    assert found.advice is not None
    assert found.advice.reached
    last = found.advice.path[-1]
    rows = table.rows("SELECT c1, c2, c4 FROM data")
    names = ("age", "postcode", "gender")
    said = [
        ",".join(
            f'"{last.plan[name].of(str(cell))}"' if name in last.plan else str(cell)
            for name, cell in zip(names, row, strict=True)
        )
        for row in rows
    ]
    (tmp_path / "said.csv").write_text("\n".join([",".join(names), *said]) + "\n", encoding="utf-8")
    with open_table(tmp_path / "said.csv") as written:
        assert measure(written, names).k == last.gives.k >= found.advice.aim


def test_advice_offers_what_fits_the_values_with_its_cost(found: Report) -> None:
    assert found.advice is not None
    singles = {
        (column, one): option for option in found.advice.singles for column, one in option.plan.items()
    }
    assert ("age", Generalisation("band", 10, 90)) in singles
    assert ("postcode", Generalisation("prefix", 3)) in singles
    costs = [option.cost for (column, _), option in singles.items() if column == "age"]
    assert costs == sorted(costs)
    assert costs[-1] == pytest.approx(1 / 3)


def test_sets_of_columns_are_ranked_by_what_they_tell(found: Report) -> None:
    assert len(found.sets) == 7
    assert set(found.sets[0].columns) == {"age", "postcode", "gender"}
    assert found.risk is not None
    assert (found.sets[0].k, found.sets[0].unique_share) == (found.risk.k, found.risk.unique_share)


def test_hashes_are_keys_and_join_with_an_earlier_release(table: Table, file: Path, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    earlier.write_text(
        "\n".join(["who", *(line.split(",")[0] for line in lines[1:101])]) + "\n", encoding="utf-8"
    )
    found = report(table, [], with_keys=True, other=table.beside(earlier))
    assert next(key.pseudonymous for key in found.keys if key.column == "patient_id")
    assert [(link.column, link.other, link.shared, link.share) for link in found.links] == [
        ("patient_id", "who", 100, 1.0)
    ]


app = Typer()
app.command()(command)


def test_the_command_prints_figures_advice_and_charts(file: Path, tmp_path: Path) -> None:
    asked = [str(file), "--quasi", "age, gender", "--sensitive", "diagnosis"]
    printed = json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout)
    assert (printed["rows"], printed["quasi_identifiers"]) == (400, ["age", "gender"])
    assert {"k", "l", "t", "unique_share"} <= set(printed)
    said = CliRunner().invoke(app, [*asked, "--advise", "--charts", str(tmp_path)])
    assert said.exit_code == 0, said.output
    assert "To reach k = 5" in said.stdout
    assert sorted(chart.name for chart in tmp_path.iterdir()) == ["attribute-sets.svg", "class-sizes.svg"]
    for chart in tmp_path.iterdir():
        ElementTree.parse(chart)
    proposals = CliRunner().invoke(app, [str(file)])
    assert "--quasi" in proposals.stdout
    wrong = CliRunner().invoke(app, [str(file), "--quasi", "nobody"])
    assert (wrong.exit_code, "no column" in wrong.stderr) == (2, True)


def test_a_table_in_which_nothing_stands_out_says_how_to_go_on(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    said = CliRunner().invoke(app, [str(tmp_path / "a.csv")])
    assert "No column stands out" in said.output
    assert "--quasi" in said.output


def test_a_table_without_a_header_is_not_measured_by_its_values(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Roe,Oslo,flu\nDoe,Ulm,gout\nPoe,Oslo,flu\n", encoding="utf-8")
    said = CliRunner().invoke(app, [str(tmp_path / "a.csv")])
    assert said.exit_code == 2
    assert "is no header" in said.output
    assert "Oslo" not in said.output
