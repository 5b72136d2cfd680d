"""Learn a line between the issues that have a label and those that have not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]  # scipy ships no types
from sklearn.linear_model import (  # type: ignore[import-untyped]  # scikit-learn ships no types
    LogisticRegression,
)
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types; comes with scikit-learn

STRENGTH = 1.0
"""scikit-learn's C: how much the examples weigh against simplicity."""
RATIO_LIMIT = 3.0
RATIO_FLOOR = 0.2
OWN = 0.8
"""How much a repository's own copy of the features weighs against the shared one."""

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


def with_copies(rows: sparse.csr_matrix, repository: NDArray[np.intp]) -> sparse.csr_matrix:
    """Add to the shared features a copy for each repository, empty for the others' issues.

    What all repositories have in common is then learned in the shared columns, and what one repository
    means by a word in its own (Daumé 2007, "Frustratingly easy domain adaptation").
    """
    copies = [
        sparse.csr_matrix(sparse.diags((OWN * (repository == one)).astype(np.float32)) @ rows)
        for one in range(int(repository.max(initial=0)) + 1)
    ]
    return sparse.hstack([rows, *copies], format="csr", dtype=np.float32)


def line(rows: sparse.csr_matrix, positive: Bools, counted: Bools) -> tuple[Floats, float]:
    """Learn the weights and the offset that tell positive rows from the others, among those counted.

    Each column is scaled first by how differently the two kinds of issue use it (Wang and Manning 2012,
    "Baselines and bigrams": naive Bayes ratios within a linear model).
    """
    ratio = _ratio(rows, positive & counted, ~positive & counted)
    scaled = rows.copy()
    scaled.data *= ratio[scaled.indices]
    learned = LogisticRegression(C=STRENGTH, tol=1e-3, max_iter=500)
    # one thread: the sums keep their order, so the bytes are the same, and nobody waits for a busy core
    with threadpool_limits(limits=1):
        learned.fit(scaled, positive, sample_weight=counted.astype(np.float32))
    return (learned.coef_[0] * ratio).astype(np.float32), float(learned.intercept_[0])


def of_repository(weights: Floats, columns: int, repository: int) -> Floats:
    """Fold the weights learned with :func:`with_copies` into those for one repository's issues."""
    own = columns * (1 + repository)
    folded: Floats = weights[:columns] + np.float32(OWN) * weights[own : own + columns]
    return folded


def _ratio(rows: sparse.csr_matrix, positive: Bools, negative: Bools) -> Floats:
    """Give for each column the size of the logarithm of its smoothed naive Bayes ratio."""
    present = sparse.csr_matrix((np.ones_like(rows.data), rows.indices, rows.indptr), shape=rows.shape)
    having = [present.T @ kind.astype(np.float32) + 1 for kind in (positive, negative)]
    shares = [kind / kind.sum() for kind in having]
    size = np.minimum(np.abs(np.log(shares[0] / shares[1])), RATIO_LIMIT)
    ratio: Floats = (size * (1 - RATIO_FLOOR) + RATIO_FLOOR).astype(np.float32)
    return ratio
