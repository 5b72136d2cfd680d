from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

from typer import Typer
from typer.testing import CliRunner

from bot.datasets.checklist.command import checklist
from tests.datasets.checklist.people import people

app = Typer()
app.command()(checklist)


def test_the_record_is_printed_and_the_exit_code_says_that_something_speaks_against(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, [str(people(tmp_path)), "--template", "hipaa", "--json"])
    record = json.loads(answer.stdout)
    assert answer.exit_code == 1
    assert (record["checklist"], record["coverage"]["complete"]) == ("hipaa", True)
    assert {"number": 6, "state": "evidence against"}.items() <= record["items"][5].items()


def test_page_and_record_are_written_beside_the_data_without_being_part_of_them(tmp_path: Path) -> None:
    data = people(tmp_path, email=False)
    asked = [str(data), "--quasi", "age,sex", "--k", "2", "--out", str(data)]
    digests = []
    for _ in range(2):
        answer = CliRunner().invoke(app, asked)
        assert answer.exit_code == 0, answer.output
        digests.append(json.loads((data / "dataset-checklist.json").read_text())["data"]["digest"])
    assert digests[0] == digests[1]
    assert "k = 5" in (data / "dataset-checklist.md").read_text()


def test_class_sizes_and_the_riskiest_columns_are_drawn_beside_the_page(tmp_path: Path) -> None:
    data = people(tmp_path, email=False, rows=7)
    CliRunner().invoke(app, [str(data), "--quasi", "age,sex", "--out", str(data)])
    page = (data / "dataset-checklist.md").read_text()
    assert "](dataset-checklist.svg)" in page
    assert "5 rows in classes of 5 to 9" in page
    drawn = ElementTree.parse(data / "dataset-checklist.svg").getroot()
    titles = [one.text for one in drawn.iter("{http://www.w3.org/2000/svg}title")]
    assert titles == ["Rows by the size of their class", "Unique rows by what is known of everybody"]
    (risk,) = json.loads((data / "dataset-checklist.json").read_text())["risk"]
    assert risk["rows_by_class_size"]["2"] == 2
    assert {"columns": ["age"], "k": 7, "unique_share": 0.0} in risk["attribute_sets"]


def test_what_is_called_as_the_record_further_down_is_looked_at(tmp_path: Path) -> None:
    data = people(tmp_path, email=False)
    people(data / "more").joinpath("people.csv").rename(data / "more" / "dataset-checklist.json")
    answer = CliRunner().invoke(app, [str(data), "--json"])
    assert {"number": 6, "state": "evidence against"}.items() <= json.loads(answer.stdout)["items"][5].items()
