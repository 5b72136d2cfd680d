"""Turn texts into vectors with a sentence model in ONNX, which the operator keeps in a folder."""

from __future__ import annotations

import threading
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

MAX_TOKENS = 128
"""Tokens of a text that are read: a title and the first lines, where a report says what it is about."""

TEXTS_KEPT = 64
"""Vectors of late that are kept: an issue is sorted, asked about, and then added."""

ENOUGH = 1_000
"""Characters in which nearly all texts have more than ``MAX_TOKENS`` tokens: the rest need not be split."""

_TOKENIZER = "tokenizer.json"

Vector = NDArray[np.float32]


class SentenceModelError(ValueError):
    """A sentence model cannot be used; the message says why, and what to do."""


class SentenceModel:
    """An encoder such as all-MiniLM-L6-v2, exported to ONNX, with its tokenizer.

    Its folder is laid out as on the Hub: ``tokenizer.json``, and one ``.onnx`` file beside it or in a folder
    ``onnx``. It runs on one core, and reads nothing but these two files.
    """

    def __init__(self, session: Any, tokenizer: Any, name: str) -> None:
        self.name = name
        """Tells the vectors of one model from those of another."""
        self._session = session
        self._tokenizer = tokenizer
        self._inputs = frozenset(one.name for one in session.get_inputs())
        self._embed = lru_cache(TEXTS_KEPT)(self._run)
        self._turn = threading.Lock()

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Load the model in a folder, and try it on a few words.

        Raises:
            SentenceModelError: the packages it needs are not installed, or the folder holds no such model.
        """
        try:
            import onnxruntime
            import tokenizers
        except ImportError as error:
            raise SentenceModelError(
                f"the package {error.name} is missing: install giveback[embeddings], or leave the setting out"
            ) from None
        weights, tokens = _weights_in(folder), folder / _TOKENIZER
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors: it warns of what it cannot speed up
        try:
            tokenizer = tokenizers.Tokenizer.from_file(str(tokens))
            session = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
            name = sha256(weights.read_bytes() + tokens.read_bytes()).hexdigest()[:16]
        except Exception as error:  # both libraries raise their own kinds, and plain Exception
            reason = str(error).partition("\n")[0][:200]
            raise SentenceModelError(f"the model in {folder} cannot be loaded: {reason}") from None
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.no_padding()
        model = cls(session, tokenizer, name)
        model._try(folder)
        return model

    def _try(self, folder: Path) -> None:
        """Embed a few words: a model that takes or gives something else fails now, not with each issue."""
        try:
            vector = self("a few words")
        except Exception as error:  # onnxruntime raises kinds of its own, which derive from Exception alone
            reason = str(error).partition("\n")[0][:200]
            raise SentenceModelError(f"the model in {folder} does not take a text: {reason}") from None
        if vector.ndim != 1 or len(vector) < 2 or not np.isfinite(vector).all():
            raise SentenceModelError(
                f"the model in {folder} gives no vector for a text: it is no sentence encoder"
            )

    def __call__(self, text: str) -> Vector:
        """Give the vector of a text, the mean over its tokens; the same text gives the same vector."""
        with self._turn:  # whoever asks for the same text meanwhile is given the vector that is being made
            return self._embed(text)

    def _run(self, text: str) -> Vector:
        text = text.encode("utf-8", "replace").decode("utf-8")
        read = self._tokenizer.encode(text[:ENOUGH])
        if not read.overflowing and len(text) > ENOUGH:
            read = self._tokenizer.encode(text)
        given = {
            "input_ids": read.ids,
            "attention_mask": read.attention_mask,
            "token_type_ids": read.type_ids,
        }
        rows = {name: np.array([values], dtype=np.int64) for name, values in given.items()}
        (answer, *_) = self._session.run(
            None, {name: row for name, row in rows.items() if name in self._inputs}
        )
        found = np.asarray(answer, dtype=np.float32)[0]
        # Nothing is padded, so every row is a token's; of a text without tokens there is none.
        vector: Vector = found if found.ndim == 1 else found.sum(axis=0) / max(len(found), 1)
        vector.flags.writeable = False  # others are given the same one
        return vector


def _weights_in(folder: Path) -> Path:
    if not folder.is_dir():
        raise SentenceModelError(f"there is no folder {folder}")
    found = [*sorted(folder.glob("*.onnx")), *sorted(folder.glob("onnx/*.onnx"))]
    if len(found) == 1 and (folder / _TOKENIZER).is_file():
        return found[0]
    if len(found) > 1:
        raise SentenceModelError(f"{folder} holds {len(found)} .onnx files: leave the one that is to be used")
    raise SentenceModelError(
        f"{folder} holds no {_TOKENIZER} with an .onnx file: docs/features/duplicates.md says how to get them"
    )
