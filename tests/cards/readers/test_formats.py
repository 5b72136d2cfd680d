"""Formats that weights and models come in are read as what they are, and hostile ones are refused."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from bot.cards import archives, protobuf
from bot.cards.artifacts import CannotRead
from bot.cards.facts import Fact
from bot.cards.readers import (
    flax_msgpack,
    gguf_header,
    keras_archive,
    onnx_graph,
    opened,
    orbax_metadata,
    saved_model,
    skops_schema,
)
from bot.cards.reading import read_facts

FIXTURES = Path(__file__).parent.parent / "fixtures"

EXPECTED: Mapping[str, Mapping[str, object]] = {
    "gguf": {
        "gguf.architecture": "llama",
        "gguf.license": "apache-2.0",
        "gguf.base_model_url.0": "https://huggingface.co/acme/tiny-llama",
        "gguf.languages": ["en", "no"],
        "gguf.context_length": 64,
        "gguf.file_type": "Q8_0",
        "gguf.chat_template": True,
        "gguf.parameters": 2 * 32 * 32 + 32,
        "gguf.parameters.Q8_0": 32 * 32,
    },
    "onnx": {
        "onnx.producer_name": "pytorch",
        "onnx.opset": 20,
        "onnx.property.license": "apache-2.0",
        "onnx.input.picture": "float32[batch, 1, 8, 8]",
        "onnx.output.scores": "float32[batch, 3]",
        "onnx.parameters": 36 + 12,
        "onnx.parameters.float16": 12,
        "onnx.external_data": True,
    },
    "scikit-learn": {
        "sklearn.class": "sklearn.pipeline.Pipeline",
        "sklearn.version": "1.9.1",
        "skops.version": "0.16.0",
        "sklearn.parameter.LogisticRegression.C": 0.5,
        "sklearn.parameter.LogisticRegression.max_iter": 200,
        "pickle": True,
    },
    "keras": {
        "keras.class": "Sequential",
        "keras.layers": 5,
        "keras.frozen_layers": 1,
        "keras.layer_classes": ["InputLayer", "Conv2D", "BatchNormalization", "Flatten", "Dense"],
        "keras.input.picture": "float32[?, 8, 8, 1]",
        "keras.optimizer": "AdamW",
        "keras.loss": "sparse_categorical_crossentropy",
        "keras.custom_code": None,
        "saved_model.tensorflow_version": "2.21.0",
        "saved_model.tags": ["serve"],
        "saved_model.output.serving_default.output_0": "float32[?, 3]",
    },
    "flax": {
        "flax.tensors": 4,
        "flax.parameters": (4 * 8 + 8) + (8 * 3 + 3),
        "flax.parameters.float32": 67,
    },
    "mlflow-model": {
        "mlflow.model.version": "3.17.2",
        "mlflow.model.flavors": ["python_function", "sklearn"],
        "mlflow.model.sklearn.library_version": "1.9.1",
        "sklearn.class": "sklearn.linear_model._logistic.LogisticRegression",
    },
}


def first_facts(folder: Path) -> dict[str, object]:
    first: dict[str, object] = {}
    for fact in read_facts(folder).facts:
        first.setdefault(fact.name, fact.value)
    return first


@pytest.mark.parametrize("name", EXPECTED)
def test_a_model_of_a_library_is_read_as_what_it_is(name: str) -> None:
    found = first_facts(FIXTURES / name)
    assert {key: found.get(key) for key in EXPECTED[name]} == EXPECTED[name]
    assert read_facts(FIXTURES / name).unreadable == ()


def test_a_checkpoint_of_orbax_has_the_parameters_that_flax_counts() -> None:
    checkpoint = FIXTURES / "flax/checkpoints/2"
    facts = {fact.name: fact.value for fact in read_facts(checkpoint).facts}
    assert facts["orbax.parameters"] == 67
    assert facts["orbax.tensors"] == 4


def refused(read: Callable[[Path, str], Iterator[Fact]], path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(CannotRead) as refusal:
        list(read(path, path.name))
    return str(refusal.value)


def gguf(entries: int, *parts: bytes, tensors: int = 0) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, tensors, entries) + b"".join(parts)


def words(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"GGML" + bytes(20), "not a GGUF file"),
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "version 1"),
        (gguf(2**63), "entries of metadata"),
        (gguf(0, tensors=2**63), "cut off"),
        (gguf(1, words("a"), struct.pack("<IIQ", 9, 8, 2**62)), "items"),
        (gguf(1, words("a"), struct.pack("<IIQ", 9, 4, 2**62)), "cut off"),
        (gguf(1, words("a"), struct.pack("<IIQ", 9, 9, 1)), "list of the type 9"),
        (gguf(1, words("a"), struct.pack("<I", 77)), "unknown type"),
        (gguf(2, words("a") + b"\0\0\0\0\1", words("a") + b"\0\0\0\0\2"), "twice"),
        (gguf(0, words("t") + struct.pack("<I", 9), tensors=1), "9 dimensions"),
        (gguf(0, words("t") + struct.pack("<IQQIQ", 2, 2**60, 2**60, 0, 0), tensors=1), "impossible shape"),
    ],
)
def test_a_gguf_file_that_breaks_the_format_is_named_with_its_reason(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    assert reason in refused(opened(gguf_header.look), tmp_path / "model.gguf", content)


def test_a_gguf_file_for_big_endian_machines_is_read(tmp_path: Path) -> None:
    key = struct.pack(">Q", 20) + b"general.architecture"
    content = b"GGUF" + struct.pack(">IQQ", 3, 0, 1) + key + struct.pack(">IQ", 8, 5) + b"llama"
    (tmp_path / "model.gguf").write_bytes(content)
    assert first_facts(tmp_path)["gguf.architecture"] == "llama"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not an ONNX model"),
        (b"\x08\x0a", "not an ONNX model"),
        (b"\x00\x00", "not a protobuf file"),
        (b"\x08\x0a\x3a\x7fx", "cut off"),
        (b"\x08\x0a\x38\x01", "a number where a message belongs"),
        (b"\xff" * 30, "not a protobuf file"),
        (b"\x08\x0a\x3a\x0f\x2a\x0d\x08" + b"\xff" * 9 + b"\x01\x10\x01", "impossible shape"),
    ],
)
def test_an_onnx_file_that_breaks_the_format_is_named_with_its_reason(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    assert reason in refused(opened(onnx_graph.look), tmp_path / "model.onnx", content)


def test_a_graph_of_endless_parts_is_not_walked_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protobuf, "MAX_FIELDS", 100)
    assert "over 100 parts" in refused(opened(onnx_graph.look), tmp_path / "model.onnx", b"\x08\x0a" * 101)


def test_weights_that_old_onnx_files_list_as_inputs_are_none(tmp_path: Path) -> None:
    tensor = b"\x08\x02\x10\x01\x42\x01w"
    graph = b"\x2a" + bytes([len(tensor)]) + tensor + b"\x5a\x03\x0a\x01w" + b"\x5a\x03\x0a\x01x"
    (tmp_path / "model.onnx").write_bytes(b"\x08\x03\x3a" + bytes([len(graph)]) + graph)
    assert [name for name in first_facts(tmp_path) if ".input." in name] == ["onnx.input.x"]


def test_a_folder_of_the_opencv_zoo_is_read_file_by_file_and_its_code_is_not(tmp_path: Path) -> None:
    model = (FIXTURES / "onnx/model.onnx").read_bytes()
    names = ["face_detection_2023mar.onnx", "face_detection_2023mar_int8.onnx"]
    for name in names:
        (tmp_path / name).write_bytes(model)
    (tmp_path / "LICENSE").write_bytes((Path(__file__).parents[3] / "LICENSE").read_bytes())
    (tmp_path / "demo.py").write_text("raise SystemExit('run')\n")
    (tmp_path / "README.md").write_text("# Face detection\n\nRun `python demo.py`.\n")
    reading = read_facts(tmp_path)
    assert [fact.file for fact in reading.all("onnx.parameters")] == names
    assert {fact.file for fact in reading.facts} == {*names, "LICENSE"}
    assert reading.unreadable == ()


def test_protobuf_that_is_no_saved_model_is_refused(tmp_path: Path) -> None:
    assert "not a TensorFlow" in refused(opened(saved_model.look), tmp_path / "saved_model.pb", b"\x08\x01")


def archive(path: Path, members: Mapping[str, object]) -> bytes:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
    return path.read_bytes()


def test_an_archive_whose_member_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    bomb = archive(path, {"schema.json": b" " * (skops_schema.MAX_BYTES + 1)})
    assert len(bomb) < 20_000
    assert "larger than" in refused(opened(skops_schema.look), path, bomb)


def test_an_archive_with_an_endless_list_of_members_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.keras"
    content = archive(path, {f"{number:050}": {} for number in range(10)})
    monkeypatch.setattr(archives, "MAX_DIRECTORY", 900)
    assert "list of members" in refused(opened(keras_archive.look), path, content)


@pytest.mark.parametrize(
    ("config", "is_custom"),
    [
        ({"module": "keras.layers", "class_name": "Dense"}, None),
        ({"module": "keras.layers", "class_name": "Lambda"}, True),
        ({"module": "acme.layers", "class_name": "Dense"}, True),
        ({"module": "keras.src.models", "class_name": "Functional", "registered_name": "Functional"}, None),
        ({"module": "keras.layers", "class_name": "Dense", "registered_name": "acme>Dense"}, True),
        ({"class_name": "Dense"}, True),
    ],
)
def test_a_keras_model_that_needs_code_of_its_own_says_so(
    tmp_path: Path, config: dict[str, object], is_custom: bool | None
) -> None:
    inner = {"module": "keras", "class_name": "Functional", "config": {"layers": [config]}}
    model = {"module": "keras", "class_name": "Sequential", "config": {"layers": [inner]}}
    archive(tmp_path / "m.keras", {"metadata.json": {"keras_version": "3"}, "config.json": model})
    found = first_facts(tmp_path)
    assert found.get("keras.custom_code") == is_custom
    assert found["keras.layers"] == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "cut off"),
        (b"\x81\xa1w\xc7\x05\x01", "cut off"),
        (b"\x81\xa1w\xc7\x02\x01\x92\x00", "not one of Flax"),
        (b"\xdf\xff\xff\xff\xff", "cut off"),
        (b"\x81\xa1w\x01", "no weights"),
        (b"\x01\x01", "goes on"),
        (b"\xc1", "not msgpack"),
        (b"\x81\xa1w\xc7\x0e\x01\x93\x91\xcf" + b"\xff" * 8 + b"\xa1f\xc4", "not one of Flax"),
    ],
)
def test_msgpack_that_holds_no_weights_is_named_with_its_reason(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    assert reason in refused(opened(flax_msgpack.look), tmp_path / "flax_model.msgpack", content)


def test_of_a_checkpoint_that_leaves_shapes_out_no_sum_is_made(tmp_path: Path) -> None:
    leaves = {"a": {"value_metadata": {"write_shape": [3]}}, "b": {"value_metadata": {}}}
    (tmp_path / "_METADATA").write_text(json.dumps({"tree_metadata": leaves}))
    names = [fact.name for fact in orbax_metadata.read_tree(tmp_path / "_METADATA", "_METADATA")]
    assert names == ["orbax.tensors"]


def test_a_file_of_joblib_is_named_however_it_is_compressed(tmp_path: Path) -> None:
    (tmp_path / "model.joblib").write_bytes(b"x\x9cwhatever")
    assert first_facts(tmp_path) == {"pickle": True}
