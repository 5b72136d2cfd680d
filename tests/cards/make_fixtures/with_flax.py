"""Train a tiny Flax model on JAX; save it as msgpack and as Orbax checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import optax
import orbax.checkpoint as ocp
from flax import linen, serialization

from tests.cards.make_fixtures.keep import keep, workplace


def loss(model: Any, weights: Any, inputs: jax.Array, targets: jax.Array) -> jax.Array:
    """Give the mean cross entropy of one batch."""
    answers = model.apply(weights, inputs)
    return optax.softmax_cross_entropy_with_integer_labels(answers, targets).mean()


def train_model(folder: Path) -> None:
    """Train three steps, saving a checkpoint after each, and the last weights as msgpack."""
    folder.mkdir()
    model = linen.Sequential([linen.Dense(8), linen.relu, linen.Dense(3)])
    inputs = jax.random.normal(jax.random.key(1), (16, 4))
    targets = jnp.arange(16) % 3
    weights = model.init(jax.random.key(2), inputs)
    optimizer = optax.adamw(1e-2)
    state = optimizer.init(weights)
    options = ocp.CheckpointManagerOptions(max_to_keep=1)
    with ocp.CheckpointManager((folder / "checkpoints").resolve(), options=options) as manager:
        for step in range(3):
            value, gradients = jax.value_and_grad(lambda given: loss(model, given, inputs, targets))(weights)
            updates, state = optimizer.update(gradients, state, weights)
            weights = optax.apply_updates(weights, updates)
            metrics = {"loss": float(value)}
            manager.save(step, args=ocp.args.StandardSave(weights), metrics=metrics)
    (folder / "flax_model.msgpack").write_bytes(serialization.to_bytes(weights))


if __name__ == "__main__":
    with workplace():
        train_model(Path("model"))
        keep(Path("model"), "flax", "flax", "jax", "optax", "orbax-checkpoint")
