"""Issues written for the tests of the index."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.triage.history import PastIssue

_OPENED = datetime(2026, 1, 1, tzinfo=UTC)

_REPORTS = (
    (
        "Tokenizer drops the last newline of a chat template",
        "apply_chat_template loses the newline after eos.",
    ),
    ("Segfault when loading a sharded checkpoint from a network drive", "safetensors mmap fails over NFS."),
    ("Learning rate is not restored when training resumes", "lr_scheduler starts from zero after resume."),
    ("Dataloader hangs with persistent workers under spawn", "num_workers=4 never returns the second epoch."),
    ("Gradient checkpointing breaks mixed precision in DeepSpeed", "Loss scaler overflows at once."),
    ("Document how to push a dataset card from a notebook", "The guide stops after login."),
    ("Flash attention gives other logits for left padding", "Compare attention_mask of a padded batch."),
    ("Export to ONNX forgets the position ids", "The exported graph has no position_ids input."),
)


def issue(number: int, title: str = "", body: str = "", **fields: object) -> PastIssue:
    """Make an issue, opened a day after the one before."""
    given = {"created_at": _OPENED + timedelta(days=number), **fields}
    return PastIssue.model_validate({"number": number, "title": title, "body": body, **given})


def backlog() -> list[PastIssue]:
    """Give eight issues that have nothing to do with each other, numbered from 1."""
    return [issue(number, *report) for number, report in enumerate(_REPORTS, start=1)]
