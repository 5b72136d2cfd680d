"""Train a tiny Keras model on TensorFlow; save it as ``.keras``, as weights alone, and as a SavedModel."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from tests.cards.make_fixtures.keep import keep, workplace


def train_model(folder: Path) -> None:
    """Train one epoch on random pictures; one layer stays as it was."""
    folder.mkdir()
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1), name="picture"),
            keras.layers.Conv2D(4, 3, activation="relu", trainable=False),
            keras.layers.BatchNormalization(),
            keras.layers.Flatten(),
            keras.layers.Dense(3, activation="softmax"),
        ],
        name="tiny_pictures",
    )
    model.compile(
        optimizer=keras.optimizers.AdamW(learning_rate=0.01),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    draw = np.random.default_rng(42)
    model.fit(draw.random((64, 8, 8, 1)), draw.integers(0, 3, 64), epochs=1, batch_size=16, verbose=0)
    model.save(folder / "model.keras")
    model.save_weights(folder / "model.weights.h5")
    model.export(folder / "saved_model", verbose=False)


if __name__ == "__main__":
    keras.utils.set_random_seed(42)
    with workplace():
        train_model(Path("model"))
        keep(Path("model"), "keras", "keras", "tensorflow-cpu", "h5py")
