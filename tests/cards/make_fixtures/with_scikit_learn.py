"""Fit a pipeline with scikit-learn; save it with skops, and with joblib as most people do."""

from __future__ import annotations

from pathlib import Path

import joblib  # type: ignore[import-untyped]  # it has no types
import skops.io
from sklearn.datasets import load_iris  # type: ignore[import-untyped]  # it has no types
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # it has no types
from sklearn.model_selection import train_test_split  # type: ignore[import-untyped]  # it has no types
from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped]  # it has no types
from sklearn.preprocessing import StandardScaler  # type: ignore[import-untyped]  # it has no types
from skops import card

from tests.cards.make_fixtures.keep import keep, workplace


def fit_pipeline(folder: Path) -> None:
    """Fit, measure, and save with the card skops writes."""
    folder.mkdir()
    data, kinds = load_iris(return_X_y=True)
    seen, unseen, seen_kinds, unseen_kinds = train_test_split(data, kinds, random_state=42)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=0.5, max_iter=200))
    pipeline.fit(seen, seen_kinds)
    skops.io.dump(pipeline, folder / "model.skops")
    joblib.dump(pipeline, folder / "model.joblib")
    written = card.Card(pipeline, model_diagram=False)
    written.add_metrics(accuracy=pipeline.score(unseen, unseen_kinds))
    written.save(folder / "README.md")


if __name__ == "__main__":
    with workplace():
        fit_pipeline(Path("pipeline"))
        keep(Path("pipeline"), "scikit-learn", "scikit-learn", "skops", "joblib", "numpy")
