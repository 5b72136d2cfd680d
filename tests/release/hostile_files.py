"""Make files that want to run code, blow up or pass for something else; run it to write them to a folder.

    python -m tests.release.hostile_files FOLDER

Nothing here does harm: the code that the pickles name is ``id``.
"""

import gzip
import io
import json
import pickle
import struct
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path


class _Runs:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        import os

        return os.system, ("id",)


PICKLE = pickle.dumps(_Runs())
OLD_PICKLE = b"cos\nsystem\n(S'id'\ntR."
HEADER = json.dumps({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
SAFE = struct.pack("<Q", len(HEADER)) + HEADER + bytes(4)


def zipped(**members: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return held.getvalue()


def tarred(content: bytes) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        entry = tarfile.TarInfo("data.pkl")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return held.getvalue()


def with_bad_crc() -> bytes:
    whole = zipped(archive__data_dot_pkl=PICKLE)
    crc = struct.pack("<I", zlib.crc32(PICKLE))
    return whole.replace(crc, bytes(4))


def object_array() -> bytes:
    described = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
    padded = described.ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(padded)) + padded + PICKLE


def lambda_layer() -> bytes:
    layer = {"class_name": "Lambda", "config": {"function": ["4wEAAAA=", None, None]}}
    config = json.dumps({"class_name": "Sequential", "config": {"layers": [layer]}}).encode()
    return zipped(config_dot_json=config, metadata_dot_json=b"{}")


def safetensors(header: bytes, data: bytes = b"", length: int | None = None) -> bytes:
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def gguf(tensors: int, entries: int, rest: bytes = b"") -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, tensors, entries) + rest


def field(number: int, content: bytes | int) -> bytes:
    """Write a field of a protobuf message."""
    if isinstance(content, int):
        return bytes([number << 3, content])
    return bytes([number << 3 | 2, len(content)]) + content


def _side(number: int, name: bytes) -> bytes:
    """Describe an input or output of a graph: one float."""
    shape = field(2, field(1, field(1, 1)))
    return field(number, field(1, name) + field(2, field(1, field(1, 1) + shape)))


RELU = (
    field(1, 8)
    + field(
        7,
        field(1, field(1, b"x") + field(2, b"y") + field(4, b"Relu"))
        + field(2, b"graph")
        + _side(11, b"x")
        + _side(12, b"y"),
    )
    + field(8, field(1, b"") + field(2, 17))
)
"""A whole model of ONNX with one operation."""

CLEAN: Mapping[str, bytes] = {
    "extra.safetensors": SAFE,
    "tiny.gguf": gguf(0, 0),
    "tiny.onnx": RELU,
    "tokenizer.json": b'{"version": "1.0", "model": {"vocab": {"a": 0}}}',
    "vocab.txt": "a\nb\né\n".encode(),
    "merges.txt": b"#version: 0.2\na b\n",
    "chat_template.jinja": b"{{ messages }}\n",
    "config/generation_config.json": b"{}",
    "curve.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>',
    "NOTICE": b"Built by us.\n",
}

HOSTILE: Mapping[str, bytes] = {
    "pytorch_model.bin": zipped(archive__data_dot_pkl=PICKLE),
    "weights.pkl": PICKLE,
    "weights.dat": PICKLE,
    "weights": PICKLE,
    "training_args.bin": PICKLE,
    "bad_crc.pt": with_bad_crc(),
    "inner.zip": zipped(notes_dot_txt=PICKLE),
    "object.npy": object_array(),
    "arrays.npz": zipped(a_dot_npy=object_array()),
    "second.pkl": pickle.dumps([1, 2]) + PICKLE,
    "model.tar": tarred(PICKLE),
    "model.tar.gz": gzip.compress(tarred(PICKLE)),
    "lambda.keras": lambda_layer(),
    "lambda.h5": b"\x89HDF\r\n\x1a\n" + bytes(64),
    "modeling_custom.py": b"import os\n",
    "setup.sh": b"#!/bin/sh\nid\n",
    "bomb.zip": zipped(zeros=bytes(10_000_000)),
    "run.exe": b"MZ\x90\x00" + bytes(64),
    # Under a name that is released.
    "pickle.safetensors": PICKLE,
    "zip.safetensors": zipped(archive__data_dot_pkl=PICKLE),
    "pickle.json": PICKLE,
    "pickle.txt": PICKLE,
    "old_pickle.txt": OLD_PICKLE,
    "second.txt": pickle.dumps([1], protocol=0) + PICKLE,
    "pickle.gguf": PICKLE,
    "pickle.onnx": PICKLE,
    "zip.onnx": zipped(data=b"x"),
    "tar.txt": tarred(b"plain text"),
    "gzip.json": gzip.compress(b"{}"),
    "script.txt": b"#!/bin/sh\nid\n",
    # Headers that lie, or that are bombs.
    "cut.safetensors": SAFE[:-2],
    "more.safetensors": SAFE + PICKLE,
    "huge_header.safetensors": safetensors(b"{}", length=2**63),
    "announced.safetensors": safetensors(b"{}", length=24_000_000),
    "overlap.safetensors": safetensors(
        json.dumps(
            {name: {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]} for name in ("a", "b")}
        ).encode(),
        bytes(4),
    ),
    "overflow.safetensors": safetensors(
        json.dumps({"a": {"dtype": "F32", "shape": [2**62, 4], "data_offsets": [0, 0]}}).encode()
    ),
    "twice.safetensors": safetensors(b'{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{}}'),
    "deep.json": b"[" * 100_000,
    "digits.json": b"[" + b"9" * 10_000 + b"]",
    "twice.json": b'{"a": 1, "a": 2}',
    "many.gguf": gguf(2**60, 0),
    "entries.gguf": gguf(0, 2**60),
    "long_key.gguf": gguf(0, 1, struct.pack("<Q", 2**62)),
    "cut.gguf": b"GGUF\x03",
    "cut.onnx": field(1, 8) + bytes([7 << 3 | 2, 127]),
    "script.svg": b"<svg><script>alert(1)</script></svg>",
    "handler.svg": b'<svg onload="alert(1)"></svg>',
    "empty.safetensors": b"",
    "latin.txt": b"caf\xe9",
}


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files below a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    write(Path(sys.argv[1]), HOSTILE)
