"""Models are fetched from a real MLflow server, where MLflow is installed."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from bot.release.request import Pin, PinKind
from bot.release.sources import Order, SourceRefused, SourceUnavailable
from bot.release.sources.addresses import TrackedModel, parse_source
from bot.release.sources.tracked import TrackedSource, asking, is_served
from tests.fixtures.tracking_server import needs_a_server, of_a_server, tracking_server
from tests.release.worlds import REQUEST

pytestmark = of_a_server

FILES = {
    "MLmodel": b"flavors: {}\n",
    "model.safetensors": bytes(range(256)) * 4000,
    "deep/config.json": b"{}",
}


@dataclass(frozen=True)
class Tracked:
    """What the server has: a run that kept a model, and versions of a registered one."""

    server: str
    run: str


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracked]:
    folder = tmp_path_factory.mktemp("trained")
    for name, content in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    with tracking_server(tmp_path_factory.mktemp("mlflow")) as server:
        from mlflow import MlflowClient

        client = MlflowClient(tracking_uri=server)
        run = client.create_run(client.create_experiment("opinions")).info.run_id
        client.log_artifacts(run, str(folder), "model")
        client.set_terminated(run)
        client.create_registered_model("opinions")
        source = f"{client.get_run(run).info.artifact_uri}/model"
        client.create_model_version("opinions", source=source, run_id=run)
        client.set_registered_model_alias("opinions", "champion", "1")
        yield Tracked(server, run)


async def fetch(
    tracked: Tracked, into: Path, text: str, limit: int = 10**8, pinned: tuple[Pin, ...] = ()
) -> tuple[Pin, ...]:
    address = parse_source(text)
    assert isinstance(address, TrackedModel)
    source = TrackedSource(["models:/opinions", "runs:/"], tracked.server)
    return await source.fetch(address, Order(REQUEST, into, limit, pinned))


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@needs_a_server
@pytest.mark.parametrize("source", ["models:/opinions/1", "models:/opinions@champion", "runs:/{run}/model"])
async def test_a_model_is_fetched_and_pinned_by_where_it_is_kept(
    tracked: Tracked, into: Path, source: str
) -> None:
    text = source.format(run=tracked.run)
    (pin,) = await fetch(tracked, into, text)
    assert contents(into) == FILES
    assert (pin.uri, pin.kind) == (text, PinKind.VERSION)
    assert pin.value.endswith(f"/{tracked.run}/artifacts/model")


@needs_a_server
async def test_a_logged_model_is_found_by_its_version_and_by_its_run(
    tracked: Tracked, into: Path, tmp_path: Path
) -> None:
    """MLflow 3 keeps models beside the runs that made them."""
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModelOutput

    await fetch(tracked, into, "models:/opinions/1")
    client = MlflowClient(tracking_uri=tracked.server)
    run = client.create_run(client.get_run(tracked.run).info.experiment_id).info.run_id
    model = client.create_logged_model(
        client.get_run(run).info.experiment_id, name="praise", source_run_id=run
    )
    client.log_model_artifacts(model.model_id, str(into))
    client.finalize_logged_model(model.model_id, "READY")
    client.log_outputs(run, [LoggedModelOutput(model.model_id, 0)])
    made = client.create_model_version(
        "opinions", source=f"models:/{model.model_id}", run_id=run, model_id=model.model_id
    )
    for source in (f"models:/opinions/{made.version}", f"runs:/{run}/praise"):
        room = tmp_path / source.rpartition("/")[2]
        room.mkdir()
        (pin,) = await fetch(tracked, room, source)
        assert contents(room) == FILES
        assert model.model_id in pin.value


@needs_a_server
async def test_an_alias_that_moved_since_the_check_moves_nothing(tracked: Tracked, into: Path) -> None:
    from mlflow import MlflowClient

    pins = await fetch(tracked, into, "models:/opinions@champion")
    client = MlflowClient(tracking_uri=tracked.server)
    other = client.create_run(client.get_run(tracked.run).info.experiment_id).info
    client.log_text(other.run_id, "other", "model/MLmodel")
    client.create_model_version("opinions", source=f"{other.artifact_uri}/model", run_id=other.run_id)
    client.set_registered_model_alias("opinions", "champion", "2")
    later = into.parent / "later"
    later.mkdir()
    await fetch(tracked, later, "models:/opinions@champion", pinned=pins)
    assert contents(later) == FILES
    client.set_registered_model_alias("opinions", "champion", "1")


@needs_a_server
@pytest.mark.parametrize("name", ["ConnectionError", "HTTPError", "ReadTimeout"])
def test_what_the_clients_own_library_raises_may_pass(name: str) -> None:
    """Files are listed and fetched without the client turning what goes wrong into its own errors."""
    import requests

    with (
        pytest.raises(SourceUnavailable, match=f"could not give models:/opinions/1 .{name}."),
        asking(TrackedModel("opinions", "1")),
    ):
        raise getattr(requests.exceptions, name)("no")


@needs_a_server
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), SourceRefused("no")])
def test_a_full_disk_and_our_own_refusals_are_told_as_they_are(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, asking(TrackedModel("opinions", "1")):
        raise error
    assert raised.value is error


@needs_a_server
@pytest.mark.parametrize(
    "source",
    ["models:/opinions/9", "models:/opinions@nobody", "runs:/0123456789abcdef0123456789abcdef/model"],
)
async def test_what_the_server_does_not_have_is_refused(tracked: Tracked, into: Path, source: str) -> None:
    with pytest.raises(SourceRefused):
        await fetch(tracked, into, source)


@needs_a_server
async def test_a_path_that_a_run_did_not_keep_is_refused(tracked: Tracked, into: Path) -> None:
    with pytest.raises(SourceRefused):
        await fetch(tracked, into, f"runs:/{tracked.run}/nothing")
    assert contents(into) == {}


@needs_a_server
async def test_a_model_that_is_too_large_is_refused_before_it_is_fetched(
    tracked: Tracked, into: Path
) -> None:
    with pytest.raises(SourceRefused, match="larger than"):
        await fetch(tracked, into, "models:/opinions/1", limit=1000)
    assert sum(map(len, contents(into).values())) <= 1000


@needs_a_server
async def test_a_model_that_lies_on_a_disk_is_not_read(tracked: Tracked, into: Path, tmp_path: Path) -> None:
    """A registry only keeps what whoever registers a model says of where it is."""
    from mlflow import MlflowClient

    (tmp_path / "secret").write_text("of this machine")
    client = MlflowClient(tracking_uri=tracked.server)
    experiment = client.create_experiment(f"disk-{tmp_path.name}", artifact_location=f"file://{tmp_path}")
    run = client.create_run(experiment).info.run_id
    with pytest.raises(SourceRefused):
        await fetch(tracked, into, f"runs:/{run}")
    with pytest.raises(SourceRefused):
        await fetch(tracked, into, f"runs:/{run}/secret")
    assert contents(into) == {}


@pytest.mark.parametrize("inner", ["..", "%2e%2e", ".%2E", "a/../..", "%2f..", "a\\b"])
def test_an_address_that_leads_out_of_its_run_is_not_the_servers_own(inner: str) -> None:
    """Whoever registers a model says where it is kept, and clients undo the percents."""
    assert is_served("mlflow-artifacts:/1/0123abcd/artifacts/model")
    assert not is_served(f"mlflow-artifacts:/1/0123abcd/artifacts/{inner}/other")


async def test_a_model_that_the_operator_did_not_allow_is_not_asked_for(into: Path) -> None:
    source = TrackedSource(["models:/other", "runs:/"], "http://127.0.0.1:9")
    with pytest.raises(SourceRefused, match="is no model that this service may fetch"):
        await source.fetch(TrackedModel(model="opinions", version="1"), Order(REQUEST, into, 1))


@pytest.mark.skipif(find_spec("mlflow") is not None, reason="MLflow is installed")
async def test_without_the_client_it_is_said_how_to_get_it(into: Path) -> None:
    with pytest.raises(SourceRefused) as refused:
        await TrackedSource(["runs:/"]).fetch(TrackedModel(run="0123"), Order(REQUEST, into, 1))
    assert "giveback[mlflow]" in refused.value.next_step
