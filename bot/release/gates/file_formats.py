"""Gate: the release holds nothing but safetensors, GGUF, ONNX, JSON, drawings and text, as named."""

from __future__ import annotations

import codecs
from collections import deque
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

from bot.cards.artifacts import CannotRead, open_file, read_bytes, read_json
from bot.cards.readers import gguf_header, onnx_graph
from bot.cards.readers.safetensors_header import read_header
from bot.documents import parse_mapping
from bot.release.files import ReleaseFile
from bot.release.gates.disguises import what_it_is
from bot.release.gates.results import Candidate, GateResult, Outcome
from bot.release.gates.second_opinion import SCANNER, Verdict, opinion_on_part, second_opinion
from bot.release.gates.shards import missing_parts

NAME = "file_formats"
MAX_JSON = 64 * 1024 * 1024
"""Bytes of a JSON file parsed at most; a larger one is refused, not waved through."""
WEIGHTS = ("weights", "gguf", "onnx")
"""Kinds of files with weights in them."""
MAX_SVG = 4 * 1024 * 1024
_ACTIVE = (b"<script", b"javascript:", b"<!entity", b"<foreignobject", b"<iframe", b" on", b"\non", b"href")
"""What makes a drawing more than one (SVG 2, chapters 15 and 16); some plain words are refused as well."""
_CHUNK = 1024 * 1024


def check(candidate: Candidate) -> GateResult:
    """Open every file and fail on each that is empty, odd, of another format, or not what its name says.

    Fail on weights of which a part is missing, too, and warn of code that a file has loaded from elsewhere.
    """
    against = {file.path: _reason_against(candidate.folder, file) for file in candidate.files}
    wrong = [f"{odd.path}: {odd.reason}" for odd in candidate.odd]
    wrong += [f"{path}: {reason}" for path, reason in against.items() if reason]
    readable = tuple(file for file in candidate.files if not against[file.path])
    foreign = tuple(code_from_elsewhere(candidate.folder, readable))
    if not any(kind_of(file.path) in WEIGHTS for file in candidate.files):
        wrong.append("there is no file with weights, such as .safetensors")
    wrong += missing_parts(candidate.folder, candidate.files, MAX_JSON)
    if wrong:
        remedy = (
            "Remove, rename or replace them, and add what is missing: a release holds whole safetensors, "
            "GGUF, ONNX, JSON and text files."
        )
        is_waivable = not candidate.odd
        # Whoever waives this waives what was not looked at, too.
        unasked = (f"{SCANNER} is asked only when nothing of this is left",) if is_waivable else ()
        return GateResult(NAME, Outcome.FAIL, (*wrong, *foreign, *unasked), remedy, waivable=is_waivable)
    total = sum(file.size for file in candidate.files)
    seen = f"{len(candidate.files)} files, {total} bytes, all opened and checked"
    if candidate.is_preview:
        seen += f", of weights the headers; {SCANNER} reads those when the release is asked for"
        # What is not on the disk as a whole was not hashed either.
        opinion = opinion_on_part(candidate.folder, [one.path for one in candidate.files if one.sha256])
    else:
        opinion = second_opinion(candidate.folder)
    if opinion.verdict is not Verdict.NOTHING_AGAINST and opinion.is_there:
        is_bad = opinion.verdict is Verdict.AGAINST
        outcome = Outcome.FAIL if is_bad else Outcome.COULD_NOT_RUN
        remedy = "Run modelaudit on the folder to see what it means, and remove it or have it waived."
        return GateResult(NAME, outcome, (*opinion.words, *foreign, seen), remedy, waivable=True)
    outcome = Outcome.WARN if foreign else Outcome.PASS
    return GateResult(NAME, outcome, (*foreign, seen, *opinion.words))


def code_from_elsewhere(folder: Path, files: tuple[ReleaseFile, ...]) -> Iterator[str]:
    """Yield the code that loading the model runs and nobody checked (transformers, ``auto_map``)."""
    for file in files:
        if not file.path.endswith("config.json"):
            continue
        config = read_json(folder / file.path, MAX_JSON)
        mapped = config.get("auto_map") if isinstance(config, dict) else None
        for name in sorted(set(_names(mapped))):
            repository, found, code = name.rpartition("--")
            where = f"from {repository[:100]}, which nobody checked" if found else "that is not released"
            yield f"{file.path}: auto_map has people run the code {code[:100]} {where}"


def _names(mapped: object) -> Iterator[str]:
    match mapped:
        case str():
            yield mapped
        case dict():
            for value in mapped.values():
                yield from _names(value)
        case list():
            for value in mapped:
                yield from _names(value)


def _reason_against(folder: Path, file: ReleaseFile) -> str | None:
    if file.size == 0:
        return "it is empty"
    kind = kind_of(file.path)
    try:
        really = what_it_is(folder / file.path)
        if kind is None:
            return "files of this kind are not released" + (f"; it is {really}" if really else "")
        _CHECKS[kind](folder / file.path)
    except CannotRead as error:
        return str(error)
    return f"it is {really}, not what its name says" if really else None


def kind_of(path: str) -> str | None:
    """Name the kind of a file by its name, as ``formats.yml`` does; None for one that is not released."""
    name = path.rsplit("/", 1)[-1]
    if name in formats()["text_names"]:
        return "text"
    suffix = f".{name.rpartition('.')[2]}".lower() if "." in name else ""
    return next((kind for kind in _CHECKS if suffix in formats()[kind]), None)


def _check_weights(path: Path) -> None:
    read_header(path)


def _check_json(path: Path) -> None:
    read_json(path, MAX_JSON)


def _check_text(path: Path) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with open_file(path) as file:
        while chunk := file.read(_CHUNK):
            if b"\0" in chunk:
                raise CannotRead("it is binary, not text")
            _decode(decoder, chunk)
        _decode(decoder, b"", final=True)


def _decode(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> None:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        raise CannotRead("it is not UTF-8 text") from None


def _check_gguf(path: Path) -> None:
    with open_file(path) as file:
        deque(gguf_header.look(file, path.name), maxlen=0)


def _check_onnx(path: Path) -> None:
    with open_file(path) as file:
        deque(onnx_graph.look(file, path.name), maxlen=0)


def _check_svg(path: Path) -> None:
    _check_text(path)
    drawn = read_bytes(path, MAX_SVG).lower()
    if b"<svg" not in drawn or any(word in drawn for word in _ACTIVE):
        raise CannotRead("it is no plain drawing: it holds code, or refers to something elsewhere")


_CHECKS: dict[str, Callable[[Path], None]] = {
    "weights": _check_weights,
    "gguf": _check_gguf,
    "onnx": _check_onnx,
    "json": _check_json,
    "svg": _check_svg,
    "text": _check_text,
}


@cache
def formats() -> dict[str, list[str]]:
    """Give the ends of the names that each kind of file may have, as ``formats.yml`` does."""
    data, _ = parse_mapping(files("bot.release").joinpath("formats.yml").read_bytes())
    return data
