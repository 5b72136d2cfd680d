"""Release a model from MLRun: a job that asks Giveback and waits until the release has ended.

The token is the project's secret ``GIVEBACK_TOKEN``. Set it up and run it with:

    project.set_secrets({"GIVEBACK_TOKEN": token})
    project.set_function("mlrun_release.py", "release", kind="job", image="mlrun/mlrun", handler="release")
    project.run_function("release", params={"service": service, "repository": "acme/models"})
"""

from __future__ import annotations

import time

import mlrun
import requests


def release(
    context: mlrun.MLClientCtx,
    service: str,
    repository: str,
    version: str = "",
    dry_run: bool = False,
    poll_seconds: float = 60.0,
) -> None:
    """Ask for the release, wait for its end, and fail unless it was published or, in a dry run, rehearsed."""
    there = requests.Session()
    there.headers["Authorization"] = f"Bearer {context.get_secret('GIVEBACK_TOKEN')}"
    wanted = {"repository": repository, "version": version, "dry_run": dry_run}
    # The run's id is the key, so that a job that is started again starts nothing twice.
    key = {"Idempotency-Key": f"mlrun/{context.uid}"}
    answer = there.post(f"{service}/api/releases", json=wanted, headers=key, timeout=30)
    while True:
        if not answer.ok:
            raise RuntimeError(f"{answer.status_code}: {answer.text}")
        state = answer.json()
        if state["ended"]:
            break
        context.logger.info("waiting", state=state["state"], thread=state["thread"])
        time.sleep(poll_seconds)
        answer = there.get(f"{service}/api/releases/{state['id']}", timeout=30)
    context.log_result("state", state["state"])
    context.log_result("version", state["version"])
    if state["state"] not in ("published", "rehearsed"):
        raise RuntimeError(f"{state['state']}: {state['message']}")
