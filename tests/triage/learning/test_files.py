from __future__ import annotations

import contextlib
import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bot.triage
from bot.triage.learning import ModelFileError
from bot.triage.learning.files import from_bytes, load, save, to_bytes
from bot.triage.learning.learn import learn
from bot.triage.learning.model import Model, no_model, predict
from tests.triage.learning.histories import history, issue


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def packed(contents: dict[str, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in contents.items():
            target.writestr(name, content)
    return file.getvalue()


def changed(model: Model, change: Callable[[dict[str, Any]], object]) -> bytes:
    contents = members(to_bytes(model))
    header = json.loads(contents["model.json"])
    change(header)
    return packed(contents | {"model.json": json.dumps(header).encode()})


def test_a_model_read_back_says_the_same(model: Model, tmp_path: Path) -> None:
    save(model, tmp_path / "model")
    again = load(tmp_path / "model")
    asked = issue(1, "The tokenizer crashes", "It fails.")
    assert predict(again, asked) == predict(model, asked)
    assert (again.labels, again.left_out, again.rule) == (model.labels, model.left_out, model.rule)


def test_the_empty_model_is_kept_too() -> None:
    again = from_bytes(to_bytes(no_model()))
    assert predict(again, issue(1, "[Bug] it crashes")).type == "bug"


def test_the_same_history_gives_the_same_bytes(model: Model) -> None:
    assert to_bytes(learn(history(300))) == to_bytes(model)


def test_nothing_is_left_beside_the_file(model: Model, tmp_path: Path) -> None:
    save(model, tmp_path / "model")
    assert [file.name for file in tmp_path.iterdir()] == ["model"]


def test_no_word_of_an_issue_is_in_the_file(model: Model) -> None:
    header = members(to_bytes(model))["model.json"].decode()
    assert not any(word in header for word in ("crashes", "ValueError", "streaming"))


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header.update(version=2),
        lambda header: header.update(columns=10**12),
        lambda header: header.update(columns=header["columns"] - 1),
        lambda header: header.update(types=["bug", "spam"]),
        lambda header: header.update(types=[]),
        lambda header: header.update(surprise=1),
        lambda header: header.update(factor="x"),
        lambda header: header["labels"].pop(),
        lambda header: header["labels"][0].update(type="docs"),
        lambda header: header.update(labels=header["labels"] * 100),
    ],
)
def test_a_header_that_does_not_fit_is_refused(
    model: Model, change: Callable[[dict[str, Any]], object]
) -> None:
    with pytest.raises(ModelFileError, match="learn the model again"):
        from_bytes(changed(model, change))


def test_numbers_that_are_none_are_refused(model: Model) -> None:
    contents = members(to_bytes(model))
    weights = np.frombuffer(contents["weights.f2"], dtype="<f2").copy()
    weights[5] = np.nan
    with pytest.raises(ModelFileError, match="weights"):
        from_bytes(packed(contents | {"weights.f2": weights.tobytes()}))


def test_columns_out_of_order_are_refused(model: Model) -> None:
    contents = members(to_bytes(model))
    columns = np.frombuffer(contents["columns.i4"], dtype="<i4")[::-1]
    with pytest.raises(ModelFileError, match="columns"):
        from_bytes(packed(contents | {"columns.i4": columns.tobytes()}))


def test_a_member_larger_than_it_may_be_is_not_unpacked(model: Model) -> None:
    contents = members(to_bytes(model))
    with pytest.raises(ModelFileError, match="too large"):
        from_bytes(packed(contents | {"model.json": b" " * (5 << 20)}))


@pytest.mark.parametrize("missing", ["model.json", "columns.i4", "rarity.f4", "weights.f2", "offsets.f4"])
def test_a_file_without_one_of_its_members_is_refused(model: Model, missing: str) -> None:
    contents = members(to_bytes(model))
    del contents[missing]
    with pytest.raises(ModelFileError):
        from_bytes(packed(contents))


@given(st.binary(max_size=500))
def test_any_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(ModelFileError):
        from_bytes(content)


@given(st.integers(0, 4_000), st.integers(1, 255))
def test_a_damaged_file_is_refused_or_harmless(at: int, by: int) -> None:
    content = bytearray(SMALL)
    content[at % len(content)] ^= by
    with contextlib.suppress(ModelFileError):
        from_bytes(bytes(content))


def test_nothing_in_the_room_of_triage_unpickles() -> None:
    room = Path(bot.triage.__file__).parent
    for file in room.rglob("*.py"):
        text = file.read_text("utf-8")
        assert not any(word in text for word in ("pickle", "joblib", "marshal", "shelve")), file


SMALL = to_bytes(no_model())
