"""Learn types from the vectors of a sentence model: what an issue means, beside the words it has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

PENALTY = 3.0
"""How much simplicity weighs against the examples: ridge regression's lambda, for rows of length one."""
CONSTANT = 0.55
"""Stands in every row, so that types of unequal frequency can be learned."""
BATCH = 4_096
"""Rows that are held in full precision at once."""

Halves = NDArray[np.float16]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


def stacked(vectors: Sequence[Floats | None]) -> Halves | None:
    """Give vectors as rows, zeros where there is none; None where there is none at all."""
    length = next((len(one) for one in vectors if one is not None), 0)
    if not length:
        return None
    rows = np.zeros((len(vectors), length), dtype=np.float16)
    for at, one in enumerate(vectors):
        if one is not None and len(one) == length:
            rows[at] = one
    return rows


def known(vectors: Halves) -> Bools:
    """Tell which rows of :func:`stacked` are an issue's vector."""
    return np.asarray(vectors.any(axis=1))


def planes(vectors: Halves, own: Bools, types: Bools, counted: Bools) -> tuple[Floats, Floats]:
    """Learn a plane for each type by ridge regression, from the rows that are counted.

    ``vectors`` is of shape (issues, numbers) and ``types`` of shape (issues, types). The rows of the
    repository itself have a second copy, in which is learned what it means otherwise than the others, as
    in :func:`bot.triage.learning.linear.with_copies`. The answer is weights of shape (numbers, types)
    and offsets, for the repository's own issues. What it takes of memory
    depends on the numbers of a vector, not on the issues.
    """
    rows = np.flatnonzero(counted)
    if not len(rows):
        return np.zeros((vectors.shape[1], types.shape[1]), np.float32), np.zeros(types.shape[1], np.float32)
    centre = vectors[rows].mean(axis=0, dtype=np.float64)
    spread = np.sqrt(max(1.0 - float(centre @ centre), 1e-6))  # of vectors of length one
    width = vectors.shape[1] + 1
    products, sums = np.zeros((2 * width, 2 * width)), np.zeros((2 * width, types.shape[1]))
    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        shared = np.full((len(some), width), CONSTANT)
        shared[:, :-1] = (vectors[some] - centre) / spread
        both = np.hstack([shared, shared * own[some, None]])
        products += both.T @ both
        sums += both.T @ (types[some] - 1 / types.shape[1])
    found = np.linalg.solve(products + PENALTY * np.eye(2 * width), sums)
    folded = found[:width] + found[width:]
    # what a model file keeps is what is judged
    weights = (folded[:-1] / spread).astype(np.float16).astype(np.float32)
    return weights, (CONSTANT * folded[-1] - centre @ weights).astype(np.float32)
