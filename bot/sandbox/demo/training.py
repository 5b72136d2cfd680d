"""Train a small real classifier of handwritten digits and fine-tune it, leaving what a trainer leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from sklearn.datasets import load_digits  # type: ignore[import-untyped]  # scikit-learn ships no type hints

PIXELS, HIDDEN, CLASSES = 64, 48, 10
BATCH_SIZE = 64
HELD_OUT = 360
"""Images nobody trains on; every eval_ number is measured on them."""
FINE_TUNE_SEED = 11

Array = NDArray[np.float32]
Weights = dict[str, Array]


@dataclass(frozen=True)
class Images:
    """Hold pictures as rows of 64 values from 0 to 1, with the digit each one shows."""

    pixels: Array
    digits: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.digits)


def train(folder: Path, seed: int = 7) -> None:
    """Train from nothing on scikit-learn's 8x8 digits and write the model and its records to ``folder``."""
    training, held_out = _images(shift=0)
    chance = np.random.default_rng(seed)
    weights: Weights = {
        "encoder.weight": _start(chance, HIDDEN, PIXELS),
        "encoder.bias": np.zeros(HIDDEN, np.float32),
        "classifier.weight": _start(chance, CLASSES, HIDDEN),
        "classifier.bias": np.zeros(CLASSES, np.float32),
    }
    _run(folder, weights, training, held_out, epochs=12, learning_rate=0.5, seed=seed, base=None)


def fine_tune(base_folder: Path, folder: Path, base_id: str = "acme/digits-base") -> None:
    """Go on from the model in ``base_folder`` with digits moved one pixel to the right.

    ``base_id`` is the Hub id written down as what the model was made from.
    """
    training, held_out = _images(shift=1)
    weights: Weights = load_file(base_folder / "model.safetensors")
    _run(folder, weights, training, held_out, epochs=6, learning_rate=0.2, seed=FINE_TUNE_SEED, base=base_id)


def _images(shift: int) -> tuple[Images, Images]:
    data = load_digits()
    pictures = np.roll(data.images, shift, axis=2).reshape(-1, PIXELS)
    pixels = (pictures / 16.0).astype(np.float32)
    digits = data.target.astype(np.int64)
    return (
        Images(pixels[HELD_OUT:], digits[HELD_OUT:]),
        Images(pixels[:HELD_OUT], digits[:HELD_OUT]),
    )


def _start(chance: np.random.Generator, rows: int, columns: int) -> Array:
    start: Array = chance.standard_normal((rows, columns), dtype=np.float32)
    return start * np.float32(np.sqrt(2 / columns))


def _forward(weights: Weights, pixels: Array) -> tuple[Array, Array]:
    hidden = np.maximum(pixels @ weights["encoder.weight"].T + weights["encoder.bias"], 0)
    scores = hidden @ weights["classifier.weight"].T + weights["classifier.bias"]
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return hidden, shifted / shifted.sum(axis=1, keepdims=True)


def _loss(chances: Array, digits: NDArray[np.int64]) -> float:
    return float(-np.log(chances[np.arange(len(digits)), digits] + 1e-9).mean())


def _step(weights: Weights, images: Images, learning_rate: float) -> float:
    hidden, chances = _forward(weights, images.pixels)
    loss = _loss(chances, images.digits)
    error = chances.copy()
    error[np.arange(len(images)), images.digits] -= 1
    error /= len(images)
    behind = (error @ weights["classifier.weight"]) * (hidden > 0)
    gradients = {
        "classifier.weight": error.T @ hidden,
        "classifier.bias": error.sum(axis=0),
        "encoder.weight": behind.T @ images.pixels,
        "encoder.bias": behind.sum(axis=0),
    }
    for name, gradient in gradients.items():
        weights[name] = (weights[name] - learning_rate * gradient).astype(np.float32)
    return loss


def _batches(images: Images, chance: np.random.Generator) -> Iterator[Images]:
    order = chance.permutation(len(images))
    for start in range(0, len(images), BATCH_SIZE):
        rows = order[start : start + BATCH_SIZE]
        yield Images(images.pixels[rows], images.digits[rows])


def _measure(weights: Weights, images: Images) -> dict[str, float]:
    _, chances = _forward(weights, images.pixels)
    right = chances.argmax(axis=1) == images.digits
    return {
        "eval_accuracy": round(float(right.mean()), 4),
        "eval_loss": round(_loss(chances, images.digits), 4),
    }


def _run(
    folder: Path,
    weights: Weights,
    training: Images,
    held_out: Images,
    *,
    epochs: int,
    learning_rate: float,
    seed: int,
    base: str | None,
) -> None:
    chance = np.random.default_rng(seed)
    history: list[dict[str, float]] = []
    losses: list[float] = []
    step = 0
    for epoch in range(1, epochs + 1):
        this_epoch = [_step(weights, batch, learning_rate) for batch in _batches(training, chance)]
        losses += this_epoch
        step += len(this_epoch)
        mean = round(float(np.mean(this_epoch)), 4)
        history.append({"epoch": epoch, "learning_rate": learning_rate, "loss": mean, "step": step})
        history.append({"epoch": epoch, **_measure(weights, held_out), "step": step})
    evaluated = {"epoch": epochs, **_measure(weights, held_out), "eval_samples": len(held_out)}
    trained = {
        "epoch": epochs,
        "train_loss": round(float(np.mean(losses)), 4),
        "train_samples": len(training),
    }
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, folder / "model.safetensors", metadata={"format": "np"})
    _write(folder / "config.json", _config(base))
    _write(folder / "trainer_state.json", _state(history, epochs, step))
    _write(folder / "train_results.json", trained)
    _write(folder / "eval_results.json", evaluated)
    _write(folder / "all_results.json", {**trained, **evaluated})


def _config(base: str | None) -> dict[str, object]:
    named = {"_name_or_path": base} if base else {}
    return {
        **named,
        "architectures": ["DigitsMLP"],
        "dtype": "float32",
        "hidden_act": "relu",
        "hidden_size": HIDDEN,
        "id2label": {str(digit): str(digit) for digit in range(CLASSES)},
        "image_size": 8,
        "model_type": "digits-mlp",
        "num_hidden_layers": 1,
        "problem_type": "single_label_classification",
    }


def _state(history: list[dict[str, float]], epochs: int, steps: int) -> dict[str, object]:
    best = max((entry for entry in history if "eval_accuracy" in entry), key=lambda one: one["eval_accuracy"])
    return {
        "best_global_step": best["step"],
        "best_metric": best["eval_accuracy"],
        "epoch": epochs,
        "global_step": steps,
        "log_history": history,
        "max_steps": steps,
        "num_train_epochs": epochs,
        "train_batch_size": BATCH_SIZE,
    }


def _write(path: Path, content: Mapping[str, object]) -> None:
    path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
