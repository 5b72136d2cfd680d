"""Release a model from Airflow: ask Giveback, wait for people's approval, and fail if it was not published.

Needs a connection called ``giveback``: its host is the address of the service (https://giveback.example.org),
its password a token from ``giveback tokens create``.
"""

from __future__ import annotations

from typing import Any

import httpx
from airflow.sdk import BaseHook, Param, PokeReturnValue, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException


def call(method: str, path: str, **more: Any) -> dict[str, Any]:
    """Call Giveback; what it says about a problem ends in the task's log."""
    there = BaseHook.get_connection("giveback")
    headers = {"Authorization": f"Bearer {there.password}", **more.pop("headers", {})}
    answer = httpx.request(method, f"{there.host}{path}", headers=headers, timeout=30, **more)
    if answer.is_client_error and answer.status_code != 429:
        raise AirflowFailException(f"{answer.status_code}: {answer.text}")  # trying again would not help
    if answer.is_error:
        raise RuntimeError(f"{answer.status_code}: {answer.text}")
    said: dict[str, Any] = answer.json()
    return said


@dag(
    schedule=None,
    catchup=False,
    params={
        "repository": Param("acme/models", type="string"),
        "version": Param("", type="string"),
        "dry_run": Param(False, type="boolean"),
    },
)
def release_model() -> None:
    """Ask for a release, wait for it, and tell how it ended."""

    @task(retries=5)
    def ask() -> str:
        """Ask for the release. The run's id is the key, so that a retry starts nothing twice."""
        context = get_current_context()
        wanted = {name: context["params"][name] for name in ("repository", "version", "dry_run")}
        key = f"{context['dag'].dag_id}/{context['run_id']}"
        release = call("POST", "/api/releases", json=wanted, headers={"Idempotency-Key": key})
        return str(release["id"])

    @task.sensor(poke_interval=20, timeout=15 * 24 * 3600, mode="reschedule")
    def ended(release: str) -> PokeReturnValue:
        """Look now and then, and keep no worker busy in between: approval may take days."""
        state = call("GET", f"/api/releases/{release}")
        print(state["state"], state["thread"] or "")
        return PokeReturnValue(is_done=state["ended"], xcom_value=state)

    @task
    def tell(state: dict[str, Any]) -> str:
        """Fail unless the model is published, or the dry run done."""
        if state["state"] not in ("published", "rehearsed"):
            raise RuntimeError(f"{state['state']}: {state['message']}")
        return str(state["message"])

    tell(ended(ask()))


release_model()
