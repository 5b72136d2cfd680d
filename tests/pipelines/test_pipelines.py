"""The examples of docs/examples, run by the real Airflow, Kubeflow and MLRun against a real service.

Each needs an environment of its own: `make airflow` and `make pipelines` run these, `make test` does not.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bot import api_tokens
from tests.bad_input.world import Model, World, open_world
from tests.scene import eventually

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
PYTHONS = {name: os.environ.get(f"{name.upper()}_PYTHON", "") for name in ("airflow", "kubeflow", "mlrun")}
PATIENCE = 240.0
"""Seconds a pipeline may take: Airflow alone needs twenty to begin."""

pytestmark = pytest.mark.timeout(900)


def needs(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not PYTHONS[name], reason=f"{name.upper()}_PYTHON is not set; see the Makefile")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("world")) as made:
        yield made


@pytest.fixture
def model(world: World) -> Model:
    return world.model()


def token(world: World, repository: str) -> str:
    with world.scene.session() as session:
        account = world.scene.alice.call("GET", "/users/alice")["id"]
        _, made = api_tokens.create(session, "a pipeline", "alice", [repository], owner_account=account)
        session.commit()
    return made


def run(name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run something in a pipeline's environment."""
    return subprocess.run(
        [PYTHONS[name], *arguments],
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def approve_when_asked(world: World, model: Model) -> threading.Thread:
    """Have carol approve the release that a pipeline asks for, on the issue that is opened for it."""

    def approve() -> None:
        (record,) = eventually(
            lambda: [one for one in model.records() if one.step == "approve"], within=PATIENCE
        )
        Model(world, model.place, model.hub_id, record.number).approve()

    thread = threading.Thread(target=approve, daemon=True)
    thread.start()
    return thread


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Airflow's folder, with its database in it."""
    folder = tmp_path_factory.mktemp("airflow")
    made = run("airflow", "-m", "airflow", "db", "migrate", AIRFLOW_HOME=str(folder))
    assert made.returncode == 0, made.stdout + made.stderr
    return folder


def airflow(world: World, home: Path, conf: Mapping[str, object]) -> subprocess.CompletedProcess[str]:
    """Run the example as a DAG: every task in Airflow's own way, with its database."""
    assert world.scene.service is not None
    connection = {
        "conn_type": "http",
        "host": world.scene.service.url,
        "password": token(world, str(conf["repository"])),
    }
    environment = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(EXAMPLES),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW_CONN_GIVEBACK": json.dumps(connection),
    }
    return run(
        "airflow", "-m", "airflow", "dags", "test", "release_model", "--conf", json.dumps(conf), **environment
    )


@needs("airflow")
def test_airflow_releases_a_model_once_somebody_has_approved_it(
    world: World, model: Model, home: Path
) -> None:
    approving = approve_when_asked(world, model)
    done = airflow(world, home, {"repository": model.place.name, "version": "1.0.0"})
    approving.join(10)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [one.status for one in model.records()] == ["published"]
    assert model.is_public()


@needs("airflow")
def test_airflow_says_why_a_release_cannot_be(world: World, model: Model, home: Path) -> None:
    done = airflow(world, home, {"repository": model.place.name, "version": "2.0.0", "dry_run": True})
    assert "asked for version `2.0.0`" in done.stdout + done.stderr
    assert model.records() == []


@needs("kubeflow")
def test_the_component_of_kubeflow_releases_a_model_and_the_pipeline_compiles(
    world: World, model: Model, tmp_path: Path
) -> None:
    example = tmp_path / "kubeflow_release.py"
    example.write_text((EXAMPLES / "kubeflow_release.py").read_text())
    made = run("kubeflow", str(example))
    assert made.returncode == 0, made.stderr
    compiled = (tmp_path / "kubeflow_release.yaml").read_text()
    assert "GIVEBACK_TOKEN" in compiled
    assert "comp-release" in compiled
    assert world.scene.service is not None
    inside = (
        "import sys; sys.path.insert(0, sys.argv[1]); import time; time.sleep = lambda seconds: None\n"
        "from kubeflow_release import release\n"
        "print(release.python_func(sys.argv[2], sys.argv[3], '1.0.0', True, 'run-00001'))"
    )
    place = model.place.name
    done = run(
        "kubeflow",
        "-c",
        inside,
        str(tmp_path),
        world.scene.service.url,
        place,
        GIVEBACK_TOKEN=token(world, place),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "would ask for approval now" in done.stdout
    assert [one.status for one in model.records()] == ["rehearsed"]


@needs("mlrun")
def test_mlrun_runs_the_release_as_a_function(world: World, model: Model, tmp_path: Path) -> None:
    assert world.scene.service is not None
    inside = (
        "import sys, mlrun\n"
        "made = mlrun.code_to_function('release', filename=sys.argv[1], kind='local', handler='release')\n"
        "done = made.run(local=True, params={'service': sys.argv[2], 'repository': sys.argv[3],\n"
        "    'version': '1.0.0', 'dry_run': True, 'poll_seconds': 0.2})\n"
        "print('state:', done.outputs['state'])"
    )
    place = model.place.name
    done = run(
        "mlrun",
        "-c",
        inside,
        str(EXAMPLES / "mlrun_release.py"),
        world.scene.service.url,
        place,
        MLRUN_DBPATH=str(tmp_path),
        GIVEBACK_TOKEN=token(world, place),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "state: rehearsed" in done.stdout
