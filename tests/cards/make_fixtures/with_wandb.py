"""Log a run with Weights & Biases, offline."""

from __future__ import annotations

from pathlib import Path

import wandb

from tests.cards.make_fixtures.keep import keep, workplace


def log_run() -> None:
    """Log a configuration, three steps and a summary."""
    settings = wandb.Settings(mode="offline", host="trainer", disable_git=True, console="off")
    config = {"learning_rate": 0.005, "batch_size": 16, "dataset": "acme/opinions"}
    with wandb.init(project="opinions", name="first-try", config=config, settings=settings) as run:
        for step in range(3):
            run.log({"loss": 1.0 / (step + 1), "accuracy": 0.5 + step / 10})


if __name__ == "__main__":
    with workplace():
        log_run()
        keep(Path("wandb"), "wandb", "wandb")
