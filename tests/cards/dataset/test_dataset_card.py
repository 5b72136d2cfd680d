import json
from pathlib import Path

import pytest
from huggingface_hub import DatasetCard, DatasetCardData
from typer.testing import CliRunner

from bot.cards.blocks import blocks
from bot.cards.dataset.card import Answers, render_dataset_card, size_category
from bot.cards.dataset.lint import dataset_questions, lint_dataset
from bot.cards.dataset.reading import read_data
from bot.cards.front_matter import split
from bot.cli import app

SAID = Answers(
    {
        "license": "cc-by-4.0",
        "description": "Names of birds with the hour at which they were seen.",
        "task-categories": "tabular-classification",
        "language": "en",
        "source-data": "Seen from a window, by its owner.",
        "personal-information": "Nobody is named.",
        "intended-use": "Learning to sort birds.",
        "limitations": "One window only.",
    }
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "train.csv").write_text("bird,hour\ntit,7\nrobin,\n")
    (tmp_path / "test.csv").write_text("bird,hour\nwren,9\n")
    return tmp_path


def rules(card: str, folder: Path, said: Answers = SAID) -> set[str]:
    report = lint_dataset(card, read_data(folder), said, lambda path: (folder / path).exists())
    return {finding.rule for finding in report.findings}


def test_the_hub_client_reads_the_metadata_as_it_was_meant(folder: Path) -> None:
    data = DatasetCard(render_dataset_card(read_data(folder), SAID).text).data
    assert isinstance(data, DatasetCardData)
    assert data.size_categories == ["n<1K"]
    assert data.task_categories == ["tabular-classification"]
    assert data["configs"][0]["data_files"][1] == {"split": "test", "path": "test.csv"}
    assert data["dataset_info"]["splits"] == [
        {"name": "train", "num_examples": 2},
        {"name": "test", "num_examples": 1},
    ]
    assert data["dataset_info"]["download_size"] == sum(path.stat().st_size for path in folder.glob("*.csv"))


def test_a_card_with_all_answers_has_no_findings_and_no_questions(folder: Path) -> None:
    text = render_dataset_card(read_data(folder), SAID).text
    assert rules(text, folder) == set()
    assert lint_dataset(text).score == 100
    assert dataset_questions(read_data(folder), Answers(), text) == ()


def test_without_answers_people_are_asked_and_nothing_is_made_up(folder: Path) -> None:
    text = render_dataset_card(read_data(folder), Answers()).text
    assert [block.name for block in blocks(text)] == ["structure", "provenance"]
    asked = {question.key for question in dataset_questions(read_data(folder), Answers(), text)}
    assert asked == set(SAID.given)


def test_no_row_is_shown_unless_it_is_asked_for(folder: Path) -> None:
    text = render_dataset_card(read_data(folder), SAID).text
    assert "robin" not in text
    assert "wren" in render_dataset_card(read_data(folder), SAID, examples=[{"bird": "wren"}]).text


def test_generating_again_changes_nothing_and_keeps_what_people_wrote(folder: Path) -> None:
    first = render_dataset_card(read_data(folder), SAID).text
    assert render_dataset_card(read_data(folder), Answers(), first).text == first
    edited = first.replace("One window only.", "One window, mornings.") + "\nThanks to the birds.\n"
    (folder / "test.csv").write_text("bird,hour\nwren,9\nswift,10\n")
    assert {"number-differs", "part-outdated"} <= rules(edited, folder, Answers())
    again = render_dataset_card(read_data(folder), Answers(), edited)
    assert again.kept == ("limitations",)
    assert "Thanks to the birds." in again.text
    assert "4 rows in" in again.text
    assert rules(again.text, folder, Answers()) == set()


def test_types_that_people_gave_to_columns_stay(folder: Path) -> None:
    first = render_dataset_card(read_data(folder), SAID).text
    theirs = first.replace("dtype: string", "dtype:\n      class_label:\n        names:\n          '0': tit")
    info = split(render_dataset_card(read_data(folder), SAID, theirs).text).data["dataset_info"]
    assert info["features"][0]["dtype"]["class_label"]["names"] == {"0": "tit"}
    assert info["features"][1] == {"name": "hour", "dtype": "int64"}


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("cc-by-4.0", "CC BY 4", "licence-unknown"),
        ("tabular-classification", "birding", "task-unknown"),
        ("n<1K", "few", "size-unknown"),
        ("n<1K", "1K<n<10K", "size-differs"),
        ("path: test.csv", "path: gone.csv", "dead-link"),
        ("num_examples: 2", "num_examples: 3", "number-differs"),
        ("| 2 |", "| 3 |", "part-edited"),
        ("Nobody is named.", "More information needed", "placeholder"),
        ("## Personal and sensitive information", "## Further remarks", "personal-section-missing"),
    ],
)
def test_each_defect_is_found(folder: Path, old: str, new: str, rule: str) -> None:
    text = render_dataset_card(read_data(folder), SAID).text
    assert old in text
    assert rule in rules(text.replace(old, new), folder)


@pytest.mark.parametrize(
    ("rows", "name"),
    [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (10**12, "n>1T"), (10**11, "100B<n<1T")],
)
def test_sizes_are_named_as_the_hub_does(rows: int, name: str) -> None:
    assert size_category(rows) == name


def test_the_command_knows_data_from_models(folder: Path) -> None:
    def run(*arguments: str) -> object:
        result = CliRunner().invoke(app, ["card", str(folder), *arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    answers = [part for key, text in SAID.given.items() for part in ("--set", f"{key}={text}")]
    run("--out", str(folder / "README.md"), *answers)
    card = (folder / "README.md").read_text()
    assert "tit" not in card.replace("title", "")
    (folder / "README.md").write_text(card.replace("num_examples: 2", "num_examples: 5"))
    run("--fix")
    assert (folder / "README.md").read_text() == card
    printed = json.loads(CliRunner().invoke(app, ["card", str(folder), "--check", "--json"]).stdout)
    assert {"name": "rows", "value": 2, "file": "train.csv", "key": "rows"} in printed["facts"]
    assert (printed["findings"], printed["score"]) == ([], 100)
    shown = CliRunner().invoke(app, ["card", str(folder), "--examples", "1"])
    assert '"bird": "wren"' in shown.stdout
