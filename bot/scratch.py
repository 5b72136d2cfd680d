"""Temporary folders that a later start removes when the process that made them was killed.

Each is held by a lock on itself for as long as its process lives, which the system lets go of however that
ends. What is removed is a folder of ours by its name, of this user, and held by nobody.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
import time
import weakref
from pathlib import Path

SUFFIX = ".held"
_NAMED = f"giveback-*{SUFFIX}"
YOUNGEST = 3600.0
"""Seconds after which one that nobody holds is removed; it may just have been made before that."""


class Scratch(tempfile.TemporaryDirectory[str]):
    """Make a temporary folder for a ``purpose``, and hold it until it is removed."""

    def __init__(self, purpose: str) -> None:
        super().__init__(prefix=f"giveback-{purpose}-", suffix=SUFFIX, ignore_cleanup_errors=True)
        handle = _hold(Path(self.name))
        self._let_go = weakref.finalize(self, os.close, handle) if handle is not None else None

    def cleanup(self) -> None:
        """Remove the folder, then let go of it."""
        super().cleanup()
        if self._let_go is not None:
            self._let_go()


def sweep(youngest: float = YOUNGEST) -> None:
    """Remove the folders that processes left which were killed more than ``youngest`` seconds ago."""
    if sys.platform == "win32":
        return  # there are no such locks to tell by
    for folder in Path(tempfile.gettempdir()).glob(_NAMED):
        try:
            about = folder.lstat()
        except OSError:
            continue  # removed by its owner meanwhile
        is_ours = stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid()
        if not is_ours or time.time() - about.st_mtime < youngest:
            continue
        handle = _hold(folder)
        if handle is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(handle)


def _hold(folder: Path) -> int | None:
    """Lock a folder; None when somebody else holds it, and where there are no such locks."""
    if sys.platform == "win32":
        return None
    import fcntl

    handle = -1
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        if handle >= 0:
            os.close(handle)
        return None
    return handle
