from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from bot.triage.similar.index import SimilarIndex
from bot.triage.similar.sentence_model import SentenceModel, SentenceModelError
from tests.triage.similar.issues import issue

TINY = Path(__file__).parent / "tiny_sentence_model"
"""Three topics with three words each, made for these tests: the vector of a text counts its topics."""


@pytest.fixture
def model() -> SentenceModel:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tokenizers")
    return SentenceModel.open(TINY)


def near(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


def test_texts_of_one_topic_are_near_and_others_are_not(model: SentenceModel) -> None:
    assert near(model("segfault in the kernel"), model("abort")) == pytest.approx(1.0)
    assert near(model("segfault"), model("sluggish")) == pytest.approx(0.0, abs=1e-6)


def test_an_issue_is_found_by_its_meaning(model: SentenceModel, tmp_path: Path) -> None:
    with SimilarIndex.open(tmp_path / "index.sqlite", model) as index:
        index.add_all([issue(1, "Sluggish decoding"), issue(2, "Abort in kernels")])
        assert index.similar(issue(9, "High latency"))[0].number == 1


@pytest.mark.parametrize("text", ["", " \n", "\ud800", "\x00", "segfault " * 100_000])
def test_any_text_gets_a_vector(model: SentenceModel, text: str) -> None:
    vector = model(text)
    assert vector.shape == (3,)
    assert np.isfinite(vector).all()


def test_what_comes_after_a_long_gap_is_read_too(model: SentenceModel) -> None:
    gap = " " * 5_000
    assert near(model(f"segfault{gap}guide"), model("segfault guide")) == pytest.approx(1.0)


def test_a_text_that_is_asked_for_again_is_not_embedded_again(model: SentenceModel) -> None:
    assert model("segfault in the kernel") is model("segfault in the kernel")


def test_a_model_is_told_from_another(model: SentenceModel, tmp_path: Path) -> None:
    other = shutil.copytree(TINY, tmp_path / "other")
    weights = other / "onnx"
    weights.mkdir()
    (other / "model.onnx").rename(weights / "model.onnx")
    assert SentenceModel.open(other).name == model.name
    tokens = other / "tokenizer.json"
    tokens.write_text(tokens.read_text() + "\n")
    assert SentenceModel.open(other).name != model.name


def test_a_folder_with_no_model_or_several_is_refused_in_words(model: SentenceModel, tmp_path: Path) -> None:
    with pytest.raises(SentenceModelError, match=r"holds no tokenizer\.json"):
        SentenceModel.open(tmp_path)
    for name in ("tokenizer.json", "model.onnx", "model_int8.onnx"):
        (tmp_path / name).touch()
    with pytest.raises(SentenceModelError, match=r"2 \.onnx files"):
        SentenceModel.open(tmp_path)


def test_a_model_that_cannot_be_read_is_refused_in_words(model: SentenceModel, tmp_path: Path) -> None:
    broken = shutil.copytree(TINY, tmp_path / "broken")
    (broken / "model.onnx").write_bytes(b"no model")
    with pytest.raises(SentenceModelError, match="cannot be loaded"):
        SentenceModel.open(broken)


def test_a_model_that_is_no_sentence_encoder_is_refused_when_it_is_opened(
    model: SentenceModel, tmp_path: Path
) -> None:
    other = shutil.copytree(TINY, tmp_path / "other")
    weights = other / "model.onnx"
    weights.write_bytes(weights.read_bytes().replace(b"input_ids", b"pixel_ids"))
    with pytest.raises(SentenceModelError, match="does not take a text"):
        SentenceModel.open(other)


def test_a_folder_that_is_not_there_is_told_so(model: SentenceModel, tmp_path: Path) -> None:
    with pytest.raises(SentenceModelError, match="there is no folder"):
        SentenceModel.open(tmp_path / "nowhere")


def test_without_the_packages_it_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(SentenceModelError, match=r"install giveback\[embeddings\]"):
        SentenceModel.open(TINY)
