"""Keep a model in a file that is safe to read: a zip of one JSON and plain numbers, nothing that can run.

The members are ``model.json`` and arrays of little-endian numbers, whose sizes the JSON decides: four, and
two more where types were learned from a sentence model's vectors too. So a file can neither run code nor ask
for more memory than ``MAX_BYTES``. The same model gives the same bytes.
"""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.triage.learning import ModelFileError
from bot.triage.learning.features import BLOCK_BITS, BLOCKS, MAX_COLUMNS, Columns, shape_size
from bot.triage.learning.learn import MAX_LABELS
from bot.triage.learning.model import LearnedLabel, LeftOut, Meaning, Model, Rule, Threshold
from bot.triage.learning.names import TYPES, IssueType

Version = Literal[1, 2]
"""2 has what was learned from meaning, which an older reader does not know. Both are dropped when features or
their columns change: an older model must then be learned again."""
MAX_NUMBERS = 8_192
"""Numbers of a sentence model's vector at most."""
MAX_BYTES = 64 * 1024 * 1024
"""Bytes of all members together at most, unpacked: enough for every model that can be learned."""
MAX_HEADER = 4 * 1024 * 1024
MAX_LEFT_OUT = 1_000
"""Labels left out that a file names at most."""

_HEADER = "model.json"
_OLDEST = (1980, 1, 1, 0, 0, 0)
"""The time a zip gives its members; the real one would change the bytes."""

Share = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(max_length=1_000)]
Count = Annotated[int, Field(ge=0, le=10**9)]


class _Threshold(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True, allow_inf_nan=False)

    score: Share | None
    precision: Share
    coverage: Share


class _Label(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True, allow_inf_nan=False)

    name: Name
    examples: Count
    threshold: _Threshold
    type: IssueType | None
    slope: float
    offset: float


class _LeftOut(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)

    name: Name
    reason: Name


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)

    agreed: Count
    said: Count
    trusted: bool


class _Meaning(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True, allow_inf_nan=False)

    sentence_model: Name
    numbers: Annotated[int, Field(ge=1, le=MAX_NUMBERS)]
    factors: tuple[float, float]
    type_threshold: _Threshold
    thresholds: Annotated[tuple[_Threshold, ...], Field(min_length=1, max_length=len(TYPES))]


class _Header(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True, allow_inf_nan=False)

    version: Version
    columns: Annotated[int, Field(ge=0, le=MAX_COLUMNS * len(BLOCKS))]
    types: Annotated[tuple[IssueType, ...], Field(max_length=len(TYPES))]
    factor: float
    type_threshold: _Threshold
    labels: Annotated[tuple[_Label, ...], Field(max_length=MAX_LABELS)]
    left_out: Annotated[tuple[_LeftOut, ...], Field(max_length=MAX_LEFT_OUT)]
    rule: _Rule
    issues: Count
    asked: Share
    held_out: Literal["newest", "folds", "nothing"]
    meaning: _Meaning | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Refuse what was learned from meaning in a version without, or for other types."""
        if (self.meaning is not None) != (self.version == 2):
            raise ValueError("the version does not fit")
        if self.meaning is not None and len(self.meaning.thresholds) != len(self.types):
            raise ValueError("there is not one threshold for each type")
        return self

    @property
    def lines(self) -> int:
        """Count the lines the file has weights for."""
        return len(self.types) + sum(label.type is None for label in self.labels)


def save(model: Model, path: Path) -> None:
    """Write a model to a file, in whole or not at all.

    Raises:
        OSError: the file cannot be written.
    """
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.write_bytes(to_bytes(model))
    unfinished.replace(path)


def load(path: Path) -> Model:
    """Read a model from a file of any origin.

    Raises:
        ModelFileError: the file is no model, is broken, or is of another version.
        OSError: the file cannot be read.
    """
    if path.stat().st_size > MAX_BYTES:
        raise ModelFileError(f"the model is larger than {MAX_BYTES >> 20} MB")
    return from_bytes(path.read_bytes())


def to_bytes(model: Model) -> bytes:
    """Give a model as the bytes of its file."""
    learned = model.meaning
    header = _Header(
        version=1 if learned is None else 2,
        columns=len(model.columns.kept),
        types=model.types,
        factor=model.factor,
        type_threshold=_Threshold.model_validate(model.type_threshold),
        labels=tuple(map(_Label.model_validate, model.labels)),
        left_out=tuple(map(_LeftOut.model_validate, model.left_out[:MAX_LEFT_OUT])),
        rule=_Rule.model_validate(model.rule),
        issues=model.issues,
        asked=model.asked,
        held_out=model.held_out,
        meaning=None if learned is None else _header_of(learned),
    )
    members = {
        _HEADER: header.model_dump_json(indent=1, exclude=None if learned else {"meaning"}).encode(),
        "columns.i4": model.columns.kept.astype("<i4").tobytes(),
        "rarity.f4": model.columns.rarity.astype("<f4").tobytes(),
        "weights.f2": model.weights.astype("<f2").tobytes(),
        "offsets.f4": model.offsets.astype("<f4").tobytes(),
    }
    if learned is not None:
        members["meaning.f2"] = learned.weights.astype("<f2").tobytes()
        members["meaning_offsets.f4"] = learned.offsets.astype("<f4").tobytes()
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
        for name, content in members.items():
            member = zipfile.ZipInfo(name, _OLDEST)
            member.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(member, content)
    return file.getvalue()


def _header_of(learned: Meaning) -> _Meaning:
    return _Meaning(
        sentence_model=learned.sentence_model,
        numbers=len(learned.weights),
        factors=learned.factors,
        type_threshold=_Threshold.model_validate(learned.type_threshold),
        thresholds=tuple(map(_Threshold.model_validate, learned.thresholds)),
    )


def from_bytes(content: bytes) -> Model:
    """Read a model from the bytes of its file; raises :class:`ModelFileError`."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            header = _Header.model_validate_json(_member(packed, _HEADER, MAX_HEADER))
            height, width = header.columns + shape_size(), header.lines
            return _model(
                header,
                _meaning(packed, header),
                _numbers(packed, "columns.i4", header.columns),
                _numbers(packed, "rarity.f4", header.columns),
                _numbers(packed, "weights.f2", height * width if width else 0).reshape(-1, width or 1),
                _numbers(packed, "offsets.f4", width),
            )
    except ModelFileError:
        raise
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        reason = f"its {_HEADER} is not as expected at {where or 'its start'}"
    except (zipfile.BadZipFile, KeyError, EOFError, OSError, RuntimeError, NotImplementedError):
        reason = "it is no model file"
    except Exception as error:  # zlib and zipfile let plain errors through for some broken files
        reason = f"it is broken ({type(error).__name__})"
    raise ModelFileError(f"{reason}; learn the model again")


def _meaning(packed: zipfile.ZipFile, header: _Header) -> Meaning | None:
    found, types = header.meaning, len(header.types)
    if found is None:
        return None
    return Meaning(
        sentence_model=found.sentence_model,
        weights=_numbers(packed, "meaning.f2", found.numbers * types).reshape(-1, types).astype(np.float32),
        offsets=_numbers(packed, "meaning_offsets.f4", types).astype(np.float32),
        factors=found.factors,
        type_threshold=Threshold(**found.type_threshold.model_dump()),
        thresholds=tuple(Threshold(**one.model_dump()) for one in found.thresholds),
    )


def _model(
    header: _Header,
    meaning: Meaning | None,
    kept: NDArray[np.generic],
    rarity: NDArray[np.generic],
    weights: NDArray[np.generic],
    offsets: NDArray[np.generic],
) -> Model:
    columns = kept.astype(np.int32)
    if len(columns) and (
        columns[0] < 0 or columns[-1] >= len(BLOCKS) << BLOCK_BITS or not (np.diff(columns) > 0).all()
    ):
        raise ModelFileError("its columns are not in order; learn the model again")
    if any(label.type and label.type not in header.types for label in header.labels):
        raise ModelFileError("a label has a type the model does not know; learn the model again")
    return Model(
        columns=Columns(columns, rarity.astype(np.float32)),
        weights=weights.astype(np.float32) if header.lines else np.zeros((0, 0), dtype=np.float32),
        offsets=offsets.astype(np.float32),
        types=header.types,
        factor=header.factor,
        type_threshold=Threshold(**header.type_threshold.model_dump()),
        labels=tuple(
            LearnedLabel(
                **label.model_dump(exclude={"threshold"}), threshold=Threshold(**label.threshold.model_dump())
            )
            for label in header.labels
        ),
        left_out=tuple(LeftOut(one.name, one.reason) for one in header.left_out),
        rule=Rule(**header.rule.model_dump()),
        issues=header.issues,
        asked=header.asked,
        held_out=header.held_out,
        meaning=meaning,
    )


def _member(packed: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """Read a member, and never more of it than allowed, whatever the zip's directory says."""
    with packed.open(name) as member:
        content = member.read(limit + 1)
    if len(content) > limit:
        raise ModelFileError(f"its {name} is too large; learn the model again")
    return content


def _numbers(packed: zipfile.ZipFile, name: str, length: int) -> NDArray[np.generic]:
    kind = np.dtype("<" + name.rpartition(".")[2])
    size = length * kind.itemsize
    if size > MAX_BYTES:
        raise ModelFileError(f"its {name} is too large; learn the model again")
    numbers = np.frombuffer(_member(packed, name, size), dtype=kind)
    if len(numbers) != length or not np.isfinite(numbers).all():
        raise ModelFileError(f"its {name} is not as long as its {_HEADER} says, or is no numbers")
    return numbers
