"""Log a run with Weights & Biases, offline; requirements-wandb-files.txt leaves an older version's files."""

from __future__ import annotations

import json
from pathlib import Path

import wandb

from tests.cards.make_fixtures.keep import keep, workplace

CONFIG = {"learning_rate": 0.005, "batch_size": 16, "dataset": "acme/opinions"}


def log_run() -> None:
    """Log a configuration, three steps and a summary."""
    run = wandb.init(project="opinions", name="first-try", mode="offline", config=CONFIG)
    for step in range(3):
        run.log({"loss": 1.0 / (step + 1), "accuracy": 0.5 + step / 10})
    run.finish()


def write_config(run: Path) -> None:
    """Write the ``config.yaml`` that only a run with a server leaves, with the library's own function."""
    from wandb.sdk.lib.config_util import save_config_file_from_dict

    described = {key: {"desc": None, "value": value} for key, value in CONFIG.items()}
    save_config_file_from_dict(str(run / "files" / "config.yaml"), described)


def forget_machine(path: Path) -> None:
    """Keep of a run's metadata what says nothing about this machine."""
    metadata = json.loads(path.read_text("utf-8"))
    kept = ("python", "startedAt", "heartbeatAt", "args", "state", "program", "cpu_count")
    path.write_text(json.dumps({key: metadata[key] for key in kept}, indent=2), "utf-8")


if __name__ == "__main__":
    with workplace():
        log_run()
        [run] = Path("wandb").glob("offline-run-*")
        name = "wandb"
        if (run / "files/wandb-summary.json").exists():
            name = "wandb-files"
            write_config(run)
            forget_machine(run / "files/wandb-metadata.json")
        keep(
            Path("wandb"),
            name,
            "wandb",
            leave_out=("*.log", "latest-run", "*/logs", "*/files/requirements.txt"),
        )
