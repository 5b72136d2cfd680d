from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import bot.github
from bot.app_manifest import events, permissions, read_app_manifest
from bot.features import FEATURES
from bot.github.permissions import all_needed

FILE = Path(__file__).parent.parent / "app.yml"

PARAMETERS = {
    "name",
    "url",
    "hook_attributes",
    "redirect_url",
    "callback_urls",
    "setup_url",
    "description",
    "public",
    "default_events",
    "default_permissions",
    "request_oauth_on_install",
    "setup_on_update",
}
"""What GitHub reads of a manifest (docs: "Registering a GitHub App from a manifest", manifest parameters)."""


@pytest.fixture(scope="module")
def manifest() -> Any:
    return YAML().load(FILE)


def permissions_of_the_code() -> dict[str, str]:
    for module in pkgutil.walk_packages(bot.github.__path__, "bot.github."):
        importlib.import_module(module.name)
    return all_needed()


def events_of_the_code() -> set[str]:
    heard = {event for feature in FEATURES for event in feature.events}
    found = {event for event in heard if "." not in event}  # the bot's own have a dot
    if any(feature.commands for feature in FEATURES):
        found.add("issue_comment")
    return found | {"push"}  # the configuration is read again when it changes


def test_the_permissions_are_those_the_code_uses(manifest: Any) -> None:
    assert dict(manifest["default_permissions"]) == permissions_of_the_code()


def test_the_events_are_those_the_code_answers(manifest: Any) -> None:
    heard = list(manifest["default_events"])
    assert set(heard) == events_of_the_code()
    assert len(heard) == len(set(heard))


def test_each_permission_and_event_says_why_it_is_needed(manifest: Any) -> None:
    assert {need.name: need.level for need in permissions()} == manifest["default_permissions"]
    assert [need.name for need in events()] == manifest["default_events"]
    assert all(len(need.reason) > 5 for need in [*permissions(), *events()])


def test_it_holds_nothing_github_does_not_read_and_no_address_of_anybodys(manifest: Any) -> None:
    assert set(manifest) <= PARAMETERS
    assert not {"url", "redirect_url", "setup_url", "callback_urls"} & set(manifest)
    assert "url" not in manifest["hook_attributes"]


def test_the_program_reads_the_same_file(manifest: Any) -> None:
    assert read_app_manifest() == manifest
