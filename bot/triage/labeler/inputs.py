"""Read what a workflow hands to actions/labeler: where its file is, and how it is to be applied."""

from __future__ import annotations

from dataclasses import dataclass

from bot.triage.labeler.reading import LABELER_PATH
from bot.triage.workflow_steps import find_steps

_TRUE = {"true", "True", "TRUE"}
"""What Actions takes for true (YAML 1.2 core schema, as ``getBooleanInput`` reads it)."""


@dataclass(frozen=True)
class LabelerInputs:
    """The inputs of a step, with the defaults of actions/labeler 5 and 6 (its ``action.yml``)."""

    configuration_path: str = LABELER_PATH
    sync_labels: bool = False
    """Whether the action removes labels of the file that no longer fit."""
    dot: bool = True
    """Whether wildcards fit names that begin with a dot."""


def read_inputs(workflow: str | bytes) -> LabelerInputs | None:
    """Read the first step of a workflow that uses actions/labeler; None when there is none.

    An input that is an expression is taken as not given: it is known only when the workflow runs.

    Raises:
        DocumentError: the workflow is no YAML that can be read.
    """
    step = next(iter(find_steps(workflow, "actions/labeler")), None)
    if step is None:
        return None
    given = {name: one.text for name, one in step.inputs.items() if one.text and not one.is_expression}
    return LabelerInputs(
        given.get("configuration-path", LABELER_PATH),
        given.get("sync-labels", "false") in _TRUE,
        given.get("dot", "true") in _TRUE,
    )
