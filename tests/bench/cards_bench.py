"""Measure what the facts and the card of a large model's folder take, against reading the headers alone.

``python -m tests.bench.cards_bench WHAT FOLDER ROUNDS`` does one of it in this process and prints JSON.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from huggingface_hub import parse_local_safetensors_file_metadata
from jinja2 import FileSystemLoader

from bot.cards.card import render_card
from bot.cards.declared import Declared
from bot.cards.readers.safetensors_header import read_header
from bot.cards.reading import read_facts
from bot.rendering import environment
from tests.bench.machine import peak_memory

HERE = Path(__file__).parent
SHARDS = 200
TENSORS = 500
"""Per shard; DeepSeek-V3, to name one, has about 560 in each of its 163."""

STATES = (5_000_000, 50_000_000)
"""Bytes of the trainer_state.json: the long one must not take more memory than the short one."""

ROUNDS = 5


def make_folder(folder: Path, state: int, shards: int) -> None:
    """Make a model of many shards, whose tensors are holes in the files, and a log of ``state`` bytes."""
    chance = random.Random(1)
    size = 2 * 1024 * 1024
    for shard in range(1, shards + 1):
        header = {
            f"model.layers.{shard}.mlp.experts.{number}.gate_proj.weight": {
                "dtype": "BF16",
                "shape": [1024, 1024],
                "data_offsets": [number * size, (number + 1) * size],
            }
            for number in range(TENSORS)
        }
        raw = json.dumps(header).encode()
        with (folder / f"model-{shard:05}-of-{shards:05}.safetensors").open("wb") as file:
            file.write(len(raw).to_bytes(8, "little") + raw)
            file.truncate(8 + len(raw) + TENSORS * size)
    (folder / "config.json").write_text('{"architectures": ["LlamaForCausalLM"], "model_type": "llama"}')
    with (folder / "trainer_state.json").open("w") as file:
        file.write('{\n  "best_metric": null,\n  "log_history": [')
        step = 0
        while file.tell() < state:
            entry = {
                "epoch": step / 9_973,
                "grad_norm": chance.random() * 3,
                "learning_rate": chance.random() * 1e-4,
                "loss": chance.random() * 4,
                "step": step,
            }
            file.write("," * bool(step) + json.dumps(entry, indent=2).replace("\n", "\n    "))
            step += 10
        file.write(f'\n  ],\n  "max_steps": {step}\n}}\n')


def run(quick: bool) -> dict[str, Any]:
    """Measure the folder with the long log, and the memory with both, each in a process of its own."""
    shards, rounds = (20, 2) if quick else (SHARDS, ROUNDS)
    with tempfile.TemporaryDirectory() as place:
        folders = {state: Path(place, str(state)) for state in STATES}
        for state, folder in folders.items():
            folder.mkdir()
            make_folder(folder, state, shards)
        short, long = folders.values()
        times = _child("times", long, rounds)
        memory = {
            "nothing": _child("nothing", long, 1)["memory"],
            "headers": _child("headers", long, 1)["memory"],
            "short": _child("card", short, 1)["memory"],
            "long": _child("card", long, 1)["memory"],
        }
        header_bytes = sum(
            int.from_bytes(file.open("rb").read(8), "little") for file in long.glob("*.safetensors")
        )
    return {
        "shards": shards,
        "tensors": TENSORS,
        "header_bytes": header_bytes,
        "states": list(STATES),
        "rounds": rounds,
        "times": times,
        "memory": memory,
    }


def measure(what: str, folder: Path, rounds: int) -> dict[str, float]:
    """Take the times, or do one thing for the memory it takes at its peak, in MB."""
    if what == "times":
        return _times(folder, rounds)
    if what == "headers":
        _headers(folder)
    elif what == "card":
        render_card(read_facts(folder), Declared(model_id="acme/large"))
    return {"memory": peak_memory()}


def _times(folder: Path, rounds: int) -> dict[str, float]:
    """Give the shortest CPU time of each in seconds, taken in turn; files in the cache are not waited for."""
    taken: dict[str, list[float]] = {"client": [], "headers": [], "facts": [], "card": []}
    for _ in range(rounds):
        begun = time.process_time()
        for file in sorted(folder.glob("*.safetensors")):
            parse_local_safetensors_file_metadata(file)
        start = time.process_time()
        _headers(folder)
        read = time.process_time()
        reading = read_facts(folder)
        known = time.process_time()
        render_card(reading, Declared(model_id="acme/large"))
        done = time.process_time()
        taken["client"].append(start - begun)
        taken["headers"].append(read - start)
        taken["facts"].append(known - read)
        taken["card"].append(done - known)
    return {name: min(times) for name, times in taken.items()}


def _headers(folder: Path) -> None:
    for file in sorted(folder.glob("*.safetensors")):
        read_header(file)


def _child(what: str, folder: Path, rounds: int) -> dict[str, float]:
    command = [sys.executable, "-m", __name__, what, str(folder), str(rounds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=HERE.parent.parent)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def section(result: Mapping[str, Any]) -> str:
    """Write the measurement as a section of docs/benchmarks.md."""
    templates = environment(FileSystemLoader(HERE))
    return templates.get_template("cards.md.j2").render(**result)


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))))
