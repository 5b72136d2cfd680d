import json
from pathlib import Path

import polars as pl
import pytest

from bot.cards.dataset.files import find_data, split_of
from bot.cards.dataset.reading import Data, read_data


def fill(folder: Path, **files: str) -> Path:
    for name, content in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def told(data: Data) -> dict[str, dict[str, int]]:
    return {one.name: {part.name: part.rows for part in one.splits} for one in data.configurations}


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("train.csv", "train"),
        ("data/train-00000-of-00003.parquet", "train"),
        ("my_validation_file.jsonl", "validation"),
        ("dev/part.csv", "validation"),
        ("eval.csv", "test"),
        ("TEST 2.csv", "test"),
        ("contest.csv", "train"),
        ("developers.csv", "train"),
    ],
)
def test_a_split_is_known_by_a_word_of_the_path(path: str, split: str) -> None:
    assert split_of(path) == split


def test_files_are_sorted_into_splits_and_configurations(tmp_path: Path) -> None:
    csv = "id,name\n1,a\n2,b\n"
    one = fill(
        tmp_path / "one",
        **{"train-00000-of-00002.csv": csv, "train-00001-of-00002.csv": csv, "test.csv": csv},
    )
    assert told(read_data(one)) == {"default": {"train": 4, "test": 2}}
    two = fill(tmp_path / "two", en__train_1=csv)
    (two / "en/train_1").rename(two / "en/train.csv")
    fill(two, **{"nl__train.csv": csv, "nl__dev.csv": csv})
    assert told(read_data(two)) == {"en": {"train": 2}, "nl": {"train": 2, "validation": 2}}


def test_columns_have_the_types_the_hub_knows(tmp_path: Path) -> None:
    rows = [
        {"id": 1, "tags": ["a"], "who": {"age": 3}, "on": True},
        {"id": 2, "tags": [], "who": None, "on": None},
    ]
    fill(tmp_path, **{"train.jsonl": "".join(json.dumps(row) + "\n" for row in rows)})
    (one,) = read_data(tmp_path).configurations
    assert {feature.name: feature.type for feature in one.features} == {
        "id": {"dtype": "int64"},
        "tags": {"list": "string"},
        "who": {"struct": [{"name": "age", "dtype": "int64"}]},
        "on": {"dtype": "bool"},
    }
    assert {feature.name: feature.missing for feature in one.features} == {
        "id": 0,
        "tags": 0,
        "who": 1,
        "on": 1,
    }


def test_parquet_says_more_about_columns_where_the_datasets_library_wrote_it(tmp_path: Path) -> None:
    noted = {
        "info": {"features": {"label": {"_type": "ClassLabel", "names": ["no", "yes"]}, "x": {"_type": "?"}}}
    }
    frame = pl.DataFrame({"label": [0, 1, None], "x": [1.5, 2.5, 3.5]})
    frame.write_parquet(tmp_path / "train.parquet", metadata={"huggingface": json.dumps(noted)})
    (one,) = read_data(tmp_path).configurations
    label, number = one.features
    assert label.type == {"dtype": {"class_label": {"names": {"0": "no", "1": "yes"}}}}
    assert (label.shown, label.missing) == ("one of 2 classes", 1)
    assert number.type == {"dtype": "float64"}


def test_a_column_whose_later_rows_do_not_fit_is_text(tmp_path: Path) -> None:
    fill(tmp_path, **{"train.csv": "id\n" + "1\n" * 10_001 + "x\n"})
    (one,) = read_data(tmp_path).configurations
    assert one.features[0].type == {"dtype": "string"}
    assert told(read_data(tmp_path)) == {"default": {"train": 10_002}}


def test_splits_of_different_types_have_the_wider_one_in_common(tmp_path: Path) -> None:
    fill(tmp_path, **{"train.csv": "a,b\n1,1\n", "test.csv": "a,b\n1.5,x\n"})
    (one,) = read_data(tmp_path).configurations
    assert [feature.type["dtype"] for feature in one.features] == ["float64", "string"]


def test_what_cannot_be_read_is_named_and_the_rest_is_counted(tmp_path: Path) -> None:
    fill(tmp_path, **{"a.csv": "x\n1\n", "b.parquet": "PAR1 no", "c.zip": "PK", "d[1].jsonl": '{"x":1}\n'})
    (tmp_path / "link.csv").symlink_to("/etc/passwd")
    (tmp_path / ".hidden.csv").write_text("x\n1\n")
    data = read_data(tmp_path)
    assert [table.file.path for table in data.tables] == ["a.csv"]
    assert {one.file for one in data.unreadable} == {"b.parquet", "c.zip", "d[1].jsonl"}


@pytest.mark.parametrize("content", ["", "\n", "a", "\0\0\0", '"', "a,b\n1\n1,2,3\n", "é,ü\n", "a,a\n1,2\n"])
def test_an_odd_table_ends_in_a_count_or_a_reason(tmp_path: Path, content: str) -> None:
    for name in ("a.csv", "a.tsv", "a.jsonl", "a.parquet"):
        (tmp_path / name).write_text(content)
    data = read_data(tmp_path)
    assert len(data.tables) + len(data.unreadable) == 4


def test_folders_beyond_the_depth_looked_at_are_passed_over(tmp_path: Path) -> None:
    fill(tmp_path, **{"a__b__c__d__e__f.csv": "x\n1\n", "a__b.csv": "x\n1\n"})
    assert [file.path for file in find_data(tmp_path).files] == ["a/b.csv"]


def test_a_croissant_description_answers_for_people(tmp_path: Path) -> None:
    described = {
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "Birds",
        "description": "Birds seen from one window.",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "citeAs": ["one", "two"],
        "rai:dataBiases": "Only one window.",
        "rai:dataLimitations": "Only mornings.",
        "rai:personalSensitiveInformation": "None was written down.",
    }
    fill(tmp_path, **{"croissant.json": json.dumps(described), "a.csv": "x\n1\n"})
    found = {key: fact.value for key, fact in read_data(tmp_path).described.items()}
    assert found["license"] == "cc-by-4.0"
    assert found["limitations"] == "Only one window.\n\nOnly mornings."
    assert found["citation"] == "one\ntwo"
    (tmp_path / "croissant.json").write_text("{")
    assert {one.file for one in read_data(tmp_path).unreadable} == {"croissant.json or metadata.json"}
