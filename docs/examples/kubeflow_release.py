"""Release a model from Kubeflow Pipelines: one component asks Giveback and waits until the release has ended.

The token comes from a Kubernetes secret called ``giveback`` with the key ``token``. Compile it with
``python kubeflow_release.py``, which writes ``kubeflow_release.yaml``.
"""

from kfp import compiler, dsl, kubernetes


@dsl.component(base_image="python:3.12-slim", packages_to_install=["httpx==0.28.1"])
def release(service: str, repository: str, version: str, dry_run: bool, run: str) -> str:
    """Ask for the release, wait for its end, and fail unless it was published or, in a dry run, rehearsed."""
    import os
    import time

    import httpx

    there = httpx.Client(
        base_url=service,
        headers={"Authorization": f"Bearer {os.environ['GIVEBACK_TOKEN']}"},
        transport=httpx.HTTPTransport(retries=5),
        timeout=30,
    )
    wanted = {"repository": repository, "version": version, "dry_run": dry_run}
    # The run's id is the key, so that a component that is started again starts nothing twice.
    answer = there.post("/api/releases", json=wanted, headers={"Idempotency-Key": f"kubeflow/{run}"})
    while True:
        if answer.is_error:
            raise RuntimeError(f"{answer.status_code}: {answer.text}")
        state = answer.json()
        if state["ended"]:
            break
        print(state["state"], state["thread"] or "", flush=True)
        time.sleep(60)
        answer = there.get(f"/api/releases/{state['id']}")
    if state["state"] not in ("published", "rehearsed"):
        raise RuntimeError(f"{state['state']}: {state['message']}")
    return str(state["message"])


@dsl.pipeline(name="release-model")
def release_model(service: str, repository: str, version: str = "", dry_run: bool = False) -> None:
    """Release a model; put the steps that train it in front."""
    asked = release(
        service=service,
        repository=repository,
        version=version,
        dry_run=dry_run,
        run=dsl.PIPELINE_JOB_ID_PLACEHOLDER,
    )
    asked.set_caching_options(enable_caching=False)
    kubernetes.use_secret_as_env(asked, "giveback", {"token": "GIVEBACK_TOKEN"})


if __name__ == "__main__":
    compiler.Compiler().compile(release_model, __file__.replace(".py", ".yaml"))
