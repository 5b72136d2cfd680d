"""Runs and registered models are read from a real tracking server, where MLflow is installed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

import pytest

from bot.cards.artifacts import CannotRead
from bot.cards.fact_names import is_known
from bot.cards.mlflow_tracking import Address, parse_address, read_tracked
from tests.fixtures.tracking_server import needs_a_server, of_a_server, tracking_server

pytestmark = of_a_server


@dataclass(frozen=True)
class Tracked:
    """What the server has: its address, a run, and a model made of it."""

    server: str
    run: str
    model: str = "opinions"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with tracking_server(tmp_path_factory.mktemp("mlflow")) as address:
        yield address


@pytest.fixture(scope="module")
def tracked(server: str) -> Tracked:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=server)
    experiment = client.create_experiment("opinions")
    tags = {"mlflow.source.git.commit": "0123abc", "mlflow.user": "ada"}
    run = client.create_run(experiment, run_name="first-try", tags=tags).info.run_id
    chosen = {
        "learning_rate": "0.005",
        "epochs": "3",
        "fp16": "True",
        "out": "/home/ada/out",
        "hub_token": "hf_x",
    }
    for key, value in chosen.items():
        client.log_param(run, key, value)
    for step in range(30):
        client.log_metric(run, "loss", 1 / (step + 1), step=step)
    client.log_metric(run, "eval_accuracy", 0.9375, step=29)
    client.set_terminated(run)
    client.create_registered_model("opinions")
    source = f"{client.get_run(run).info.artifact_uri}/model"
    client.create_model_version("opinions", source=source, run_id=run, description="Praise or not.")
    client.set_registered_model_alias("opinions", "champion", "1")
    return Tracked(server, run)


@needs_a_server
def test_a_run_is_read_from_its_server(tracked: Tracked) -> None:
    found = {fact.name: fact for fact in read_tracked(f"runs:/{tracked.run}", tracked.server)}
    values = {name: fact.value for name, fact in found.items()}
    assert values["mlflow.param.learning_rate"] == 0.005
    assert values["mlflow.param.epochs"] == 3
    assert values["mlflow.param.fp16"] is True
    assert values["mlflow.metric.eval_accuracy"] == 0.9375
    assert values["mlflow.metric.loss"] == 1 / 30
    assert values["mlflow.commit"] == "0123abc"
    assert values["mlflow.status"] == "FINISHED"
    assert not {"mlflow.param.out", "mlflow.param.hub_token"} & found.keys()
    assert all(is_known(name) for name in found)
    assert (found["mlflow.param.epochs"].file, found["mlflow.param.epochs"].key) == (
        f"runs:/{tracked.run}",
        "params.epochs",
    )


@needs_a_server
def test_the_course_of_a_run_becomes_a_training_log(tracked: Tracked) -> None:
    log = [
        fact for fact in read_tracked(f"runs:/{tracked.run}", tracked.server) if fact.name == "training_log"
    ]
    assert len(log) == 20
    assert log[0].value == {"step": 0, "loss": 1.0}
    assert log[-1].value == {"step": 29, "loss": 1 / 30, "eval_accuracy": 0.9375}


@needs_a_server
@pytest.mark.parametrize("address", ["models:/opinions/1", "models:/opinions@champion"])
def test_a_registered_model_is_read_with_the_run_it_came_from(tracked: Tracked, address: str) -> None:
    found = {fact.name: fact.value for fact in read_tracked(address, tracked.server)}
    assert found["mlflow.registered.name"] == "opinions"
    assert found["mlflow.registered.version"] == 1
    assert found["mlflow.registered.description"] == "Praise or not."
    assert found["mlflow.param.epochs"] == 3
    assert all(is_known(name) for name in found)


@needs_a_server
@pytest.mark.parametrize("address", ["runs:/nothing", "models:/nothing/1", "models:/opinions@nobody"])
def test_what_the_server_does_not_have_is_named_plainly(tracked: Tracked, address: str) -> None:
    with pytest.raises(CannotRead, match="MLflow did not give it"):
        read_tracked(address, tracked.server)


@needs_a_server
def test_a_server_that_is_not_there_is_named_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(CannotRead, match="MLflow did not give it"):
        read_tracked("runs:/abc", "http://127.0.0.1:9")


@pytest.mark.skipif(find_spec("mlflow") is not None, reason="MLflow is installed")
def test_without_mlflow_it_is_said_how_to_get_it() -> None:
    with pytest.raises(CannotRead, match=r"giveback\[mlflow\]"):
        read_tracked("runs:/abc", "http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("runs:/0123abc", Address(run="0123abc")),
        ("models:/tiny opinions/12", Address(model="tiny opinions", version="12")),
        ("models:/opinions@champion", Address(model="opinions", alias="champion")),
    ],
)
def test_addresses_are_those_of_mlflow(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text", ["", "0123abc", "runs:/a/b", "models:/opinions", "models:/a/b/c", "file:///etc"]
)
def test_other_addresses_are_refused_with_those_that_are_not(text: str) -> None:
    with pytest.raises(CannotRead, match="runs:/ID"):
        parse_address(text)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(CannotRead) as refusal:
        read_tracked("runs:/abc", "https://ada:geheim@example.org")
    assert "geheim" not in str(refusal.value)
