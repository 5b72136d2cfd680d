"""Run Hub operations in a process of their own: ``python -m bot.hub.child``.

The Hub's client reads its endpoint, its token and its switches from the environment when it is
imported, so operations get a process whose environment holds exactly these. Each job comes as one
line of JSON on standard input; progress and the result leave as lines of JSON on standard output.
The process ends itself when standard input closes, which is when its parent died.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from huggingface_hub import HfApi, close_session

from bot.hub import (
    child_taking_back,
    comparing,
    fetching,
    known,
    operations,
    origins,
    preparing,
    trusted_publishing,
)
from bot.hub.collections import put_into
from bot.hub.errors import HubUnavailable
from bot.hub.failures import explain
from bot.hub.jobs import Known, PublishedFile, Staged
from bot.hub.licence_copies import licence_of
from bot.hub.scrubbing import without_secrets
from bot.hub.settling import settle

FRAMES = 20
LONGEST_TRACEBACK = 8000
"""Frames and characters of what went wrong that reach the service's log, the innermost."""

_lock = threading.Lock()


def main() -> None:
    """Do one job after the other until the parent is gone."""
    jobs: SimpleQueue[str] = SimpleQueue()
    threading.Thread(target=_listen, args=(jobs,), daemon=True).start()
    while True:
        _do(json.loads(jobs.get()))
        # A connection kept for the next job may be dead by then, and a commit is not sent twice.
        close_session()


def _do(job: dict[str, Any]) -> None:
    """Do a job and write the result or the error; ``room`` is the folder for large temporary files."""
    tempfile.tempdir = job.pop("room", None)
    try:
        result = OPERATIONS[job.pop("operation")](HfApi(library_name="giveback"), **job)
    except Exception as error:  # the parent gets every failure in words, and what it was for its log
        said = explain(error, str(job.get("hub_id", "the Hub")))
        _write(
            {
                "error": type(said).__name__,
                "message": without_secrets(said.message, os.environ),
                "next_step": said.next_step,
                "retry_after": said.retry_after if isinstance(said, HubUnavailable) else None,
                "raised": type(error).__name__,
                "traceback": _traceback(error),
            }
        )
    else:
        _write({"result": result})


def _access(api: HfApi) -> dict[str, Any]:
    return asdict(operations.access(api))


def _stage(
    api: HfApi,
    hub_id: str,
    folder: str,
    files: list[dict[str, Any]],
    release: str,
    tag: str,
    public: bool,
    trusted: bool,
    withdrawn: list[str],
) -> dict[str, Any]:
    about = (api, hub_id, Path(folder), _files(files), release, tag, public)
    return asdict(trusted_publishing.stage(*about) if trusted else operations.stage(*about, withdrawn))


def _look(
    api: HfApi,
    hub_id: str,
    folder: str,
    files: list[dict[str, Any]],
    release: str,
    tag: str,
    public: bool,
    trusted: bool,
    withdrawn: list[str],
) -> dict[str, Any]:
    about = (api, hub_id, Path(folder), _files(files), release, tag, public)
    return asdict(trusted_publishing.look(*about) if trusted else operations.look(*about, withdrawn))


def _upload(
    api: HfApi, hub_id: str, staged: dict[str, Any], folder: str, files: list[dict[str, Any]], message: str
) -> dict[str, Any]:
    return asdict(operations.upload(api, Staged(**staged), Path(folder), _files(files), message, _report))


def _verify(api: HfApi, hub_id: str, commit: str, files: list[dict[str, Any]]) -> dict[str, Any]:
    return asdict(operations.verify(api, hub_id, commit, _files(files), _report))


def _publish(
    api: HfApi,
    hub_id: str,
    folder: str,
    files: list[dict[str, Any]],
    staged: dict[str, Any],
    release: str,
    tag: str,
    message: str,
    public: bool,
) -> dict[str, Any]:
    place = Staged(**staged)
    done = operations.publish(
        api, hub_id, Path(folder), _files(files), place, release, tag, message, public, _report
    )
    return asdict(done)


def _settle(
    api: HfApi, hub_id: str, folder: str, files: list[dict[str, Any]], public: bool
) -> dict[str, Any]:
    return asdict(settle(api, hub_id, Path(folder), _files(files), public))


def _tag(api: HfApi, hub_id: str, name: str, commit: str, message: str) -> dict[str, Any]:
    operations.tag(api, hub_id, name, commit, message)
    return {}


def _clear(api: HfApi, hub_id: str, staged: dict[str, Any], abandoned: bool) -> dict[str, Any]:
    preparing.clear(api, Staged(**staged), abandoned)
    return {}


def _prove(api: HfApi, hub_id: str) -> dict[str, Any]:
    trusted_publishing.prove()
    return {}


def _collect(api: HfApi, hub_id: str, collections: list[str]) -> dict[str, Any]:
    put_into(api, hub_id, collections)
    return {}


def _licence(api: HfApi, hub_id: str, origin: str) -> dict[str, Any]:
    return {"text": licence_of(api, hub_id, origin)}


def _origins(api: HfApi, hub_id: str, models: list[str], datasets: list[str]) -> dict[str, Any]:
    return {"origins": [asdict(origin) for origin in origins.trace(api, hub_id, models, datasets)]}


def _known(
    api: HfApi, asked: dict[str, Any], folder: str, files: list[dict[str, Any]], into: str
) -> dict[str, Any]:
    traced = tuple(origins.trace(api, asked["hub_id"], asked["models"], asked["datasets"]))
    earlier = known.earlier(
        api,
        asked["hub_id"],
        asked["tag"],
        Path(folder),
        _files(files),
        asked["results"],
        Path(into),
        asked["withdrawn"],
    )
    data = known.data_of(api, asked["hub_id"], asked["own"], asked["record"])
    return asdict(Known(traced, earlier, tuple(data)))


def _report(done: int, total: int) -> None:
    _write({"done": done, "total": total})


OPERATIONS: dict[str, Callable[..., dict[str, Any]]] = {
    "access": _access,
    "look": _look,
    "stage": _stage,
    "upload": _upload,
    "verify": _verify,
    "publish": _publish,
    "settle": _settle,
    "tag": _tag,
    "clear": _clear,
    "prove": _prove,
    "collect": _collect,
    "licence": _licence,
    "origins": _origins,
    "known": _known,
    **child_taking_back.operations(_report),
    **fetching.operations(_report),
    **comparing.operations(_report),
}


def _traceback(error: Exception) -> str:
    lines = traceback.format_exception(error, limit=-FRAMES)
    return without_secrets("".join(lines), os.environ)[-LONGEST_TRACEBACK:]


def _files(files: list[dict[str, Any]]) -> tuple[PublishedFile, ...]:
    return tuple(PublishedFile(**file) for file in files)


def _write(line: dict[str, Any]) -> None:
    with _lock:
        print(json.dumps(line), flush=True)


def _listen(jobs: SimpleQueue[str]) -> None:
    """Pass jobs on as they come, and end the process with its parent, whatever it does then."""
    for line in sys.stdin:
        jobs.put(line)
    os._exit(1)


if __name__ == "__main__":
    main()
