from __future__ import annotations

import json
import re
import shlex
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.main import get_command

from bot.cli import app as command_line
from bot.inbox import BODY_LIMIT
from bot.settings import Settings
from bot.web import health

TOP = Path(__file__).parent.parent
DEPLOY = TOP / "deploy"
PORT = Settings.model_fields["port"].default
VARIABLES = set(Settings.variables().values())


@pytest.fixture
def instructions() -> list[tuple[str, str]]:
    """Give the Containerfile's instructions, continuation lines joined and comments dropped."""
    lines = (DEPLOY / "Containerfile").read_text().splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#")).replace("\\\n", " ")
    return [
        (word, rest.strip()) for word, _, rest in (line.partition(" ") for line in text.splitlines()) if word
    ]


@pytest.fixture
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load(DEPLOY / "compose.yml")
    return loaded


@pytest.fixture
def unit() -> RawConfigParser:
    parser = RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign] # the documented way to keep the case
    parser.read(DEPLOY / "giveback.service")
    return parser


def given(instructions: list[tuple[str, str]], wanted: str) -> list[str]:
    return [rest for word, rest in instructions if word == wanted]


def health_paths() -> set[str]:
    router = health.routes(None)  # type: ignore[arg-type] # only its paths are read
    return {getattr(route, "path", "") for route in router.routes}


def image_is_pinned(image: str) -> bool:
    name, _, tag = image.partition(":")
    return bool(tag) and tag != "latest" and "/" not in name and "." not in name


def test_images_are_named_without_a_registry_and_never_as_latest(
    instructions: list[tuple[str, str]], compose: dict[str, Any]
) -> None:
    bases = [rest.split()[0] for rest in given(instructions, "FROM")]
    assert len(bases) == 2
    assert all(
        map(image_is_pinned, [*bases, *(service["image"] for service in compose["services"].values())])
    )
    assert "-slim" in bases[-1]


def test_the_container_does_not_run_as_root(instructions: list[tuple[str, str]]) -> None:
    [user] = given(instructions, "USER")
    number, group = user.split(":")
    assert int(number) >= 10_000
    assert int(group) >= 10_000
    words = [word for word, _ in instructions]
    assert words.index("USER") > max(index for index, word in enumerate(words) if word in {"RUN", "COPY"})


def test_everything_installed_is_checked_by_hash(instructions: list[tuple[str, str]]) -> None:
    installs = re.findall(r"pip install ([^&]*)", "\n".join(given(instructions, "RUN")))
    assert installs
    assert all("--require-hashes" in one or ("--no-index" in one and "--no-deps" in one) for one in installs)
    locked = [line for line in (DEPLOY / "build.lock").read_text().splitlines() if "==" in line]
    hashes = re.findall(r"--hash=sha256:[0-9a-f]{64}", (DEPLOY / "build.lock").read_text())
    assert len(hashes) >= len(locked) > 0


def test_what_the_container_is_built_from_exists_and_is_let_into_the_build(
    instructions: list[tuple[str, str]],
) -> None:
    let_in = (DEPLOY / "Containerfile.dockerignore").read_text()
    sources = [
        one for rest in given(instructions, "COPY") if "--from" not in rest for one in rest.split()[:-1]
    ]
    for source in sources:
        assert f"!{source}\n" in let_in
        assert source == "requirements.lock" or (TOP / source).exists()


def test_the_health_checks_ask_a_path_the_service_has(
    instructions: list[tuple[str, str]], compose: dict[str, Any]
) -> None:
    image = json.loads(given(instructions, "HEALTHCHECK")[0].partition("CMD ")[2])[-1]
    composed = compose["services"]["giveback"]["healthcheck"]["test"][-1]
    for code in (image, composed):
        compile(code, "healthcheck", "exec")
        host, port = re.findall(r"HTTPConnection\('([\d.]+)', (\d+)", code)[0]
        [path] = re.findall(r"'GET', '(/\w+)'", code)
        assert (host, int(port)) == ("127.0.0.1", PORT)
        assert path in health_paths()


def test_ports_are_the_ones_the_service_listens_on(
    instructions: list[tuple[str, str]], compose: dict[str, Any]
) -> None:
    assert given(instructions, "EXPOSE") == [str(PORT)]
    assert compose["services"]["giveback"]["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]


def test_the_container_stops_gently(instructions: list[tuple[str, str]]) -> None:
    assert given(instructions, "STOPSIGNAL") == ["SIGTERM"]
    assert json.loads(given(instructions, "ENTRYPOINT")[0]) == ["giveback"]
    assert json.loads(given(instructions, "CMD")[0]) == ["serve"]


def test_the_composed_service_holds_no_privilege(compose: dict[str, Any]) -> None:
    service = compose["services"]["giveback"]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    for one in compose["services"].values():
        assert "no-new-privileges:true" in one["security_opt"]
        assert not {"privileged", "cap_add", "devices", "pid", "ipc", "network_mode"} & set(one)
        assert all(volume.partition(":")[0] in compose["volumes"] for volume in one["volumes"])
        assert "healthcheck" in one
    assert service["depends_on"]["database"]["condition"] == "service_healthy"
    assert compose["services"]["database"].get("ports") is None
    assert compose["networks"]["inside"]["internal"]


def test_each_secret_file_stands_for_a_setting(compose: dict[str, Any]) -> None:
    for name in compose["services"]["giveback"]["secrets"]:
        assert name.upper() in VARIABLES
        assert name in compose["secrets"]
    ignored = (DEPLOY / ".gitignore").read_text().split()
    assert {"giveback.env", "secrets/"} <= set(ignored)


def test_the_unit_starts_a_command_that_exists(unit: RawConfigParser) -> None:
    program, *arguments = shlex.split(unit["Service"]["ExecStart"])
    assert Path(program).name == "giveback"
    assert arguments == ["serve"]
    assert "serve" in getattr(get_command(command_line), "commands", {})


def test_the_unit_is_fenced_in(unit: RawConfigParser) -> None:
    service = unit["Service"]
    for key in ("DynamicUser", "NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome"):
        assert service[key] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    assert f"GIVEBACK_STATE=/var/lib/{service['StateDirectory']}" in (DEPLOY / "giveback.service").read_text()


def test_the_units_credentials_are_named_like_settings(unit: RawConfigParser) -> None:
    prefix, folder = unit["Service"]["LoadCredential"].split(":")
    documented = re.findall(rf"{folder}/(\w+)", (TOP / "docs" / "deploy.md").read_text())
    assert documented
    assert all(f"{prefix}_{name}".upper() in VARIABLES for name in documented)


def test_the_example_names_every_setting_and_no_other() -> None:
    text = (DEPLOY / "giveback.env.example").read_text()
    assert set(re.findall(r"^#?([A-Z_]+)=", text, re.MULTILINE)) == VARIABLES


def test_the_examples_defaults_are_the_settings_own() -> None:
    text = (DEPLOY / "giveback.env.example").read_text()
    shown = dict(re.findall(r"^#([A-Z_]+)=(.+)$", text, re.MULTILINE))
    for field, variable in Settings.variables().items():
        default = Settings.model_fields[field].default
        if variable in shown and isinstance(default, str | int):
            assert shown[variable].lower() == str(default).lower()


def test_the_documentation_explains_every_setting() -> None:
    text = (TOP / "docs" / "deploy.md").read_text()
    explained = set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE))
    assert explained == {*VARIABLES, "GIVEBACK_SECRETS"}
    assert f"bodies of {BODY_LIMIT // (1 << 20)} MB" in text
