"""Keep what maintainers waived with a command, as plain data, and find what concerns a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict

from bot.release.approvals import GivenWaiver

FEATURE = "waive"
"""Who keeps it."""
MOST = 50
"""Waivers of one model that a release is told of, at most."""


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True)

    hub_id: str
    waiver: GivenWaiver


def key_of(given: GivenWaiver) -> str:
    """Name a waiver: one for each content, gate, what was seen in it, and person."""
    return f"{given.digest} {given.gate} {given.seal} {given.account or given.login.casefold()}"


def kept(given: GivenWaiver, hub_id: str) -> dict[str, Any]:
    """Write a waiver down."""
    return {"hub_id": hub_id, "waiver": asdict(given)}


def waivers_of(hub_id: str, values: Iterable[Mapping[str, Any]]) -> tuple[GivenWaiver, ...]:
    """Read the waivers of a model from everything that was written down."""
    found = (_Kept.model_validate(value) for value in values)
    return tuple(one.waiver for one in found if one.hub_id.casefold() == hub_id.casefold())[-MOST:]
