"""Read what columns a data file has and how many rows, without keeping a row.

The types are those of the Hub's ``dataset_info``. Source: datasets, ``Features`` and ``Value``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from bot.cards.artifacts import CannotRead, open_file
from bot.cards.dataset.files import DataFile
from bot.cards.dataset.table import Feature, Table

MAX_COLUMNS = 1_000
LOOKED_AT = 10_000
"""Rows by which the types of a text format are guessed; all rows are then held to them."""
MAX_CLASSES = 100
"""Names of classes written down at most; of more, their numbers only."""

_GLOB = frozenset("*?[")

_SIMPLE: Mapping[Any, str] = {
    pl.Boolean: "bool",
    pl.Int8: "int8",
    pl.Int16: "int16",
    pl.Int32: "int32",
    pl.Int64: "int64",
    pl.UInt8: "uint8",
    pl.UInt16: "uint16",
    pl.UInt32: "uint32",
    pl.UInt64: "uint64",
    pl.Float32: "float32",
    pl.Float64: "float64",
    pl.String: "string",
    pl.Categorical: "string",
    pl.Enum: "string",
    pl.Binary: "binary",
    pl.Date: "date32",
    pl.Time: "time64[ns]",
    pl.Null: "null",
}


def read_table(folder: Path, file: DataFile) -> Table:
    """Read a file's columns and count its rows and empty cells. Raises CannotRead."""
    path = folder / file.path
    with open_file(path):
        pass  # a link or pipe in its place is refused before anything else opens it
    if file.size == 0:
        return Table(file, (), 0)
    try:
        scanned = _scan(path, file)
        schema = scanned.collect_schema()
        if len(schema) > MAX_COLUMNS:
            raise CannotRead(f"it has more than {MAX_COLUMNS} columns")
        try:
            counted = _counted(scanned)
        except pl.exceptions.ComputeError:
            # Later rows do not fit the types of the first ones.
            scanned = _scan(path, file, as_text=True)
            schema, counted = scanned.collect_schema(), _counted(scanned)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise CannotRead(f"it cannot be read as {file.format} ({type(error).__name__})") from None
    said = _said_by_parquet(path) if file.format == "parquet" else {}
    features = tuple(
        Feature(name, said.get(name) or _type(dtype), counted[f"{index}"])
        for index, (name, dtype) in enumerate(schema.items())
    )
    return Table(file, features, counted["rows"])


def first_rows(folder: Path, file: DataFile, count: int) -> list[dict[str, Any]]:
    """Give the first rows of a file that can be read."""
    return _scan(folder / file.path, file).head(count).collect().to_dicts()


def _scan(path: Path, file: DataFile, *, as_text: bool = False) -> pl.LazyFrame:
    if file.format == "parquet":
        return pl.scan_parquet(path, glob=False, hive_partitioning=False)
    length = None if as_text else LOOKED_AT
    if file.format == "json":
        if _GLOB.intersection(file.path):
            raise CannotRead("its name has a character that stands for others")
        return pl.scan_ndjson(path, infer_schema_length=length)
    separator = "\t" if file.path.lower().endswith(".tsv") else ","
    return pl.scan_csv(path, separator=separator, glob=False, infer_schema_length=0 if as_text else LOOKED_AT)


def _counted(scanned: pl.LazyFrame) -> dict[str, int]:
    columns = range(len(scanned.collect_schema()))
    empty = [pl.nth(index).null_count().alias(f"{index}") for index in columns]
    counted = scanned.select(pl.len().alias("rows"), *empty).collect(engine="streaming")
    return {name: int(value) for name, value in counted.row(0, named=True).items()}


def _type(dtype: pl.DataType) -> dict[str, Any]:
    """Write a type as ``dataset_info`` has it."""
    match dtype:
        case pl.List() | pl.Array():
            inner = _type(dtype.inner)  # type: ignore[arg-type]  # polars says it may be a class
            return {"list": inner["dtype"]} if set(inner) == {"dtype"} else {"list": [inner]}
        case pl.Struct():
            # As above, polars says that the type may be a class.
            fields = [{"name": one.name, **_type(one.dtype)} for one in dtype.fields]  # type: ignore[arg-type]
            return {"struct": fields}
        case pl.Datetime():
            zone = f", tz={dtype.time_zone}" if dtype.time_zone else ""
            return {"dtype": f"timestamp[{dtype.time_unit}{zone}]"}
        case pl.Duration():
            return {"dtype": f"duration[{dtype.time_unit}]"}
        case pl.Decimal():
            return {"dtype": f"decimal128({dtype.precision or 38}, {dtype.scale})"}
        case _:
            return {"dtype": _SIMPLE.get(type(dtype), "string")}


def _said_by_parquet(path: Path) -> dict[str, dict[str, Any]]:
    """Read what the datasets library noted about columns: pictures, sounds, and the names of classes."""
    noted = pl.read_parquet_metadata(path).get("huggingface")
    try:
        features = json.loads(noted)["info"]["features"] if noted else {}
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}  # what is not as the library writes it tells nothing
    said = ((name, _noted(one)) for name, one in features.items()) if isinstance(features, dict) else ()
    return {name: one for name, one in said if one}


def _noted(feature: object) -> dict[str, Any] | None:
    match feature:
        case {"_type": "Image"}:
            return {"dtype": "image"}
        case {"_type": "Audio"}:
            return {"dtype": "audio"}
        case {"_type": "ClassLabel", "names": list(names)} if 0 < len(names) <= MAX_CLASSES and all(
            isinstance(name, str) for name in names
        ):
            return {
                "dtype": {"class_label": {"names": {str(place): name for place, name in enumerate(names)}}}
            }
        case _:
            return None
