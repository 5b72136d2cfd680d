"""Keep what a training run left, and the versions of the libraries that left it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
VERSIONS = FIXTURES / "versions.json"


@contextmanager
def workplace() -> Iterator[Path]:
    """Work in an empty folder under relative paths, since many libraries write down where they ran."""
    before = Path.cwd()
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield Path()
        finally:
            os.chdir(before)


def keep(folder: Path, name: str, *libraries: str, leave_out: tuple[str, ...] = ()) -> None:
    """Put ``folder`` without the files ``leave_out`` matches among the fixtures, and note the versions."""
    target = FIXTURES / name
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder, target)
    for pattern in leave_out:
        for path in target.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    known = json.loads(VERSIONS.read_text("utf-8")) if VERSIONS.exists() else {}
    known[name] = {library: version(library) for library in libraries}
    VERSIONS.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", "utf-8")
    print(f"{name}: {sum(file.stat().st_size for file in target.rglob('*') if file.is_file())} bytes")
