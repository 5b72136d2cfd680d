"""Track a run with MLflow, and keep the folder of the model it logged."""

from __future__ import annotations

from pathlib import Path

import mlflow
from sklearn.datasets import load_iris  # type: ignore[import-untyped]  # it has no types
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # it has no types

from tests.cards.make_fixtures.keep import keep, workplace


def track_run() -> Path:
    """Fit on the iris flowers under a run, and give the folder of the model."""
    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    mlflow.create_experiment("flowers", artifact_location=Path("artifacts").resolve().as_uri())
    mlflow.set_experiment("flowers")
    data, kinds = load_iris(return_X_y=True)
    with mlflow.start_run(run_name="logistic"):
        mlflow.log_params({"C": 0.5, "max_iter": 200})
        model = LogisticRegression(C=0.5, max_iter=200).fit(data, kinds)
        mlflow.log_metric("train_accuracy", model.score(data, kinds))
        logged = mlflow.sklearn.log_model(
            model, name="flowers", input_example=data[:2], serialization_format="skops"
        )
    return Path(mlflow.artifacts.download_artifacts(logged.model_uri, dst_path="model"))


if __name__ == "__main__":
    with workplace():
        keep(track_run(), "mlflow-model", "mlflow", "scikit-learn")
