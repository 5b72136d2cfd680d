from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

import bot.github
from bot.app_manifest import read_app_manifest
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
    events = {event for feature in FEATURES for event in feature.events}
    if any(feature.commands for feature in FEATURES):
        events.add("issue_comment")
    return events | {"push"}  # the configuration is read again when it changes


def reason(lines: CommentedMap | CommentedSeq, key: str | int) -> str:
    """The comment at the end of a line."""
    tokens = [token for token in lines.ca.items.get(key, []) if token is not None]
    return str(tokens[0].value).strip(" #\n") if tokens else ""


def test_the_permissions_are_those_the_code_uses(manifest: Any) -> None:
    assert dict(manifest["default_permissions"]) == permissions_of_the_code()


def test_the_events_are_those_the_code_answers(manifest: Any) -> None:
    events = list(manifest["default_events"])
    assert set(events) == events_of_the_code()
    assert len(events) == len(set(events))


def test_each_permission_and_event_says_why_it_is_needed(manifest: Any) -> None:
    permissions, events = manifest["default_permissions"], manifest["default_events"]
    assert all(len(reason(permissions, name)) > 5 for name in permissions)
    assert all(len(reason(events, index)) > 5 for index in range(len(events)))


def test_it_holds_nothing_github_does_not_read_and_no_address_of_anybodys(manifest: Any) -> None:
    assert set(manifest) <= PARAMETERS
    assert not {"url", "redirect_url", "setup_url", "callback_urls"} & set(manifest)
    assert "url" not in manifest["hook_attributes"]


def test_the_program_reads_the_same_file(manifest: Any) -> None:
    assert read_app_manifest() == manifest
