"""What the child process takes back from the Hub, from plain values to plain values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from huggingface_hub import HfApi
from pydantic import TypeAdapter

from bot.hub import rollback, withdrawal
from bot.hub.moving import Report
from bot.hub.ways_back import Leak, WayBack

_WAY = TypeAdapter(WayBack)
_LEAK = TypeAdapter(Leak)


def operations(report: Report) -> dict[str, Callable[..., dict[str, Any]]]:
    """Give each operation by its name; transfers are told to ``report``."""

    def standing(api: HfApi, hub_id: str) -> dict[str, Any]:
        return asdict(rollback.standing(api, hub_id))

    def look_back(api: HfApi, hub_id: str, version: str) -> dict[str, Any]:
        return asdict(rollback.look_back(api, hub_id, version))

    def go_back(api: HfApi, hub_id: str, way: dict[str, Any], message: str) -> dict[str, Any]:
        known = _WAY.validate_python(way)
        return asdict(rollback.go_back(api, hub_id, known.head, known.old, known.files, message))

    def verify_back(api: HfApi, hub_id: str, commit: str, way: dict[str, Any]) -> dict[str, Any]:
        return asdict(rollback.verify_back(api, hub_id, commit, _WAY.validate_python(way).files, report))

    def move_tag(api: HfApi, hub_id: str, name: str, was: str, commit: str, message: str) -> dict[str, Any]:
        rollback.move_tag(api, hub_id, name, was, commit, message)
        return {}

    def hide(api: HfApi, hub_id: str) -> dict[str, Any]:
        return asdict(withdrawal.hide(api, hub_id))

    def look_at_leak(api: HfApi, hub_id: str, versions: list[str]) -> dict[str, Any]:
        return asdict(withdrawal.look_at_leak(api, hub_id, versions))

    def step_back(api: HfApi, hub_id: str, leak: dict[str, Any], message: str) -> dict[str, Any]:
        return asdict(withdrawal.step_back(api, hub_id, _LEAK.validate_python(leak), message))

    def erase(api: HfApi, hub_id: str, leak: dict[str, Any], message: str) -> dict[str, Any]:
        return asdict(withdrawal.erase(api, hub_id, _LEAK.validate_python(leak), message))

    def drop_tags(api: HfApi, hub_id: str, versions: dict[str, str]) -> dict[str, Any]:
        withdrawal.drop_tags(api, hub_id, versions)
        return {}

    known = (
        standing,
        look_back,
        go_back,
        verify_back,
        move_tag,
        hide,
        look_at_leak,
        step_back,
        erase,
        drop_tags,
    )
    return {operation.__name__: operation for operation in known}
