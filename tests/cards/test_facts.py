import json
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from bot.cards.reading import read_facts
from tests.fixtures.make_models import tuned_model


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tuned_model(tmp_path / "model")


def lookup(content: object, key: str) -> object:
    for part in key.split("."):
        assert isinstance(content, dict)
        content = content[part]
    return content


def test_every_number_of_a_trained_model_is_the_one_in_its_file(model: Path) -> None:
    simple = [
        fact
        for fact in read_facts(model).facts
        if isinstance(fact.value, float | int) and "[" not in fact.key
    ]
    checked = 0
    for fact in simple:
        if fact.file.endswith(".json") and fact.name != "label_count":
            assert lookup(json.loads((model / fact.file).read_text()), fact.key) == fact.value
            checked += 1
    assert checked > 15


def test_parameters_are_counted_per_element_type(tmp_path: Path) -> None:
    weights: dict[str, np.ndarray] = {
        "a": np.zeros((3, 5), np.float32),
        "b": np.zeros(7, np.int8),
        "c": np.zeros((), np.float32),
    }
    save_file(weights, tmp_path / "model.safetensors")
    reading = read_facts(tmp_path)
    assert {fact.name: fact.value for fact in reading.facts} == {
        "tensors": 3,
        "parameters": 23,
        "parameters.F32": 16,
        "parameters.I8": 7,
    }


def test_parameters_equal_those_of_the_loaded_weights(model: Path) -> None:
    fact = read_facts(model).get("parameters")
    assert fact is not None
    assert fact.value == sum(array.size for array in load_file(model / "model.safetensors").values())


def test_loss_and_evaluation_of_one_step_become_one_row(model: Path) -> None:
    rows = [fact.value for fact in read_facts(model).all("training_log")]
    assert len(rows) == 6
    assert all(isinstance(row, dict) and {"step", "loss", "eval_accuracy"} <= row.keys() for row in rows)


def test_a_long_training_log_is_thinned_and_keeps_both_ends(tmp_path: Path) -> None:
    history = [{"step": step, "loss": 1 / step} for step in range(1, 1001)]
    (tmp_path / "trainer_state.json").write_text(json.dumps({"log_history": history}))
    rows = [fact.value for fact in read_facts(tmp_path).all("training_log")]
    assert len(rows) == 20
    assert [row["step"] for row in (rows[0], rows[-1]) if isinstance(row, dict)] == [1, 1000]


def test_values_that_are_no_numbers_are_no_facts(tmp_path: Path) -> None:
    (tmp_path / "eval_results.json").write_text(
        '{"eval_a": NaN, "eval_b": Infinity, "eval_c": "0.9", "eval_d": true, "eval_e": null, "eval_f": [1],'
        ' "eval_g": 99999999999999999999, "eval_h": 0.5, "eval_i<script>": 1}'
    )
    assert [(fact.name, fact.value) for fact in read_facts(tmp_path).facts] == [("eval_h", 0.5)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "not valid JSON"),
        ("[1]", "does not hold a JSON object"),
        ("[" * 100_000, "nested too deep"),
        ('{"a": 1, "a": 2}', "given twice"),
        ('{"a": ' + "9" * 10_000 + "}", "thousands of digits"),
        (" " * 4_200_000, "larger than"),
        ("[" + "[]," * 1_300_000 + "0]", "more than 2500000 values"),
    ],
)
def test_broken_json_is_named_with_its_reason(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "config.json").write_text(content)
    [unreadable] = read_facts(tmp_path).unreadable
    assert unreadable.file == "config.json"
    assert reason in unreadable.reason


def test_links_pipes_and_folders_in_the_place_of_files_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text('{"model_type": "stolen"}')
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").symlink_to(secret)
    os.mkfifo(folder / "eval_results.json")
    (folder / "model.safetensors").mkdir()
    reading = read_facts(folder)
    assert reading.facts == ()
    assert len(reading.unreadable) == 3


def header(content: object, data: bytes = b"") -> bytes:
    raw = json.dumps(content).encode()
    return struct.pack("<Q", len(raw)) + raw + data


TENSOR = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def twice(part: str) -> bytes:
    """Give a header that says a part of it twice, as no library writes it."""
    raw = json.dumps({"a": TENSOR}).replace(part, f"{part}, {part}").encode()
    return struct.pack("<Q", len(raw)) + raw + bytes(8)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\x00\x00", "ends before"),
        (struct.pack("<Q", 2**63) + b"{}", "claims a header"),
        (struct.pack("<Q", 100) + b"{}", "cut off"),
        (struct.pack("<Q", 2) + b"[]", "start with a JSON object"),
        (header({"a": TENSOR}, bytes(7)), "data is cut off"),
        (header({"a": TENSOR}, bytes(9)), "belong to no tensor"),
        (header({"a": TENSOR, "b": TENSOR}, bytes(8)), "overlaps"),
        (header({"a": {**TENSOR, "data_offsets": [4, 12]}}, bytes(12)), "hole"),
        (header({"a": {**TENSOR, "shape": [3]}}, bytes(8)), "does not fill"),
        (header({"a": {**TENSOR, "shape": [-2]}}, bytes(8)), "described wrongly"),
        (header({"a": {**TENSOR, "shape": [2**62, 2**62]}}, bytes(8)), "does not fill"),
        (header({"a": {**TENSOR, "shape": [2**62] * 500_000}}, bytes(8)), "described wrongly"),
        (header({"a": {**TENSOR, "dtype": "PICKLE"}}, bytes(8)), "described wrongly"),
        (header({"__metadata__": {"format": 3}}), "__metadata__"),
        (twice('"dtype": "F32"'), "a key is given twice"),
        (twice('"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}'), "a key is given twice"),
        (b"PK\x03\x04 this is a zip archive, not weights", "it is a zip archive"),
    ],
)
def test_a_safetensors_file_that_breaks_the_format_is_named_with_its_reason(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / "model.safetensors").write_bytes(content)
    reading = read_facts(tmp_path)
    assert reading.facts == ()
    assert reason in reading.unreadable[0].reason


def test_the_names_of_tensors_may_have_colons(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(header({"dense/kernel:0": TENSOR}, bytes(8)))
    assert read_facts(tmp_path).all("parameters")[0].value == 2
