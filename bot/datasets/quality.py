"""Read what Great Expectations found out about a dataset: how many of its expectations the data met."""

from __future__ import annotations

from typing import Any

from bot.datasets.findings import Quality


def quality_of(file: str, document: Any) -> Quality | None:
    """Count the expectations of a validation result; None for any other document.

    A checkpoint's result holds several validation results, and all of them count.
    """
    results = _results(document)
    if not results:
        return None
    met = sum(one.get("success") is True for one in results)
    return Quality(file, expectations=len(results), met=met)


def _results(document: Any) -> list[dict[str, Any]]:
    if not isinstance(document, dict):
        return []
    if isinstance(runs := document.get("run_results"), dict):
        validations = [run.get("validation_result", run) for run in runs.values() if isinstance(run, dict)]
        return [one for validation in validations for one in _results(validation)]
    results = document.get("results")
    if "success" not in document or not isinstance(results, list):
        return []
    return [one for one in results if isinstance(one, dict) and "expectation_config" in one]
