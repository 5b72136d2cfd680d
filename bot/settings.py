"""Read the operator's settings from the environment, or from files for the secret ones."""

from __future__ import annotations

import os
import re
import socket
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.namespaces import parse_namespaces
from bot.places import Network, parse_networks, parse_places

PREFIX = "GIVEBACK_"

SHORTEST_TOKEN = 16
"""Characters of a password that nobody guesses by trying."""

SHORTEST_KEPT = 8
"""Days a delivery is kept at least: GitHub Enterprise Server redelivers for 7 (github.com for 3), and one
that was forgotten would be done again."""


class SettingsError(ValueError):
    """A setting cannot be read; the message names its environment variable and never its value."""


_OF_THE_APP = ("github_app_id", "github_private_key", "webhook_secrets")
"""What the service needs to work as a GitHub App."""


class Settings(BaseSettings):
    """What the operator decides.

    Each field is read from the environment variable named beside it in ``variables()``. A secret can instead
    stand in a file of that name (upper or lower case) in the folder ``GIVEBACK_SECRETS``, by default where
    systemd (``CREDENTIALS_DIRECTORY``) or a container engine (``/run/secrets``) puts it.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    state: Path = Field(default=Path(".giveback"), description="Folder for what has to survive a restart.")
    database_url: str = Field(
        default_factory=lambda data: f"sqlite:///{data['state'] / 'giveback.db'}",
        validation_alias="DATABASE_URL",
        repr=False,
        description="A SQLite file or a PostgreSQL database.",
    )
    github_app_id: str | None = Field(default=None, description="The App's id or client id.")
    github_private_key: SecretStr | None = Field(default=None, description="The App's private key, as PEM.")
    github_private_key_path: Path | None = Field(
        default=None, description="The file with the App's private key, instead of the key itself."
    )
    webhook_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        default=(),
        description="The webhook secret; while it is being changed, the new and the old, with a comma.",
    )
    github_api_url: str = Field(
        default="https://api.github.com", validation_alias="GITHUB_API_URL", description="GitHub's REST API."
    )
    github_url: str = Field(
        default_factory=lambda data: web_address(data["github_api_url"]), description="GitHub's pages."
    )
    hub_endpoint: str = Field(
        default="https://huggingface.co", validation_alias="HF_ENDPOINT", description="The Hugging Face Hub."
    )
    hub_token: SecretStr | None = Field(
        default=None, description="A Hub token that may write where models are published, and nowhere else."
    )
    hub_token_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        default=(),
        description="The key that tokens of Hub namespaces are encrypted with; in a change, the "
        "new and the old with a comma.",
    )
    signing_key_path: Path | None = Field(
        default=None,
        description="The file with the private key, as PEM, that published models are signed with.",
    )
    release_size_limit: int = Field(
        default=200_000_000_000,
        ge=1,
        description="The most bytes one release may have; less when the disk has less room.",
    )
    hub_namespaces: Annotated[Mapping[str, frozenset[str]], NoDecode] = Field(
        default_factory=dict,
        description="Where on the Hub an owner or repository may publish; by default, under its own name.",
    )
    source_places: Annotated[Mapping[str, frozenset[str]], NoDecode] = Field(
        default_factory=dict,
        description="Where else than from GitHub and the Hub an owner or repository may release files from.",
    )
    source_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        default=(),
        description="Networks that are not public and that files may be fetched from all the same.",
    )
    slug: str = Field(
        default="giveback",
        description="The App's name in its address on GitHub, which people address it by after the @.",
    )
    host: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="The port to listen on.")
    public_url: str | None = Field(default=None, description="Where GitHub and people reach the service.")
    executor_id: str = Field(
        default_factory=lambda data: executor(data["state"]),
        description="The worker's name: unique among workers, and the same after its restart.",
    )
    writes_per_minute: int = Field(
        default=80,
        ge=1,
        le=6000,
        description="The most writes to GitHub per installation in any minute; github.com allows 80, and "
        "500 an hour, which is scaled with this.",
    )
    keep_days: int = Field(
        default=90,
        ge=0,
        description=f"Days a finished delivery is kept, at least {SHORTEST_KEPT}; 0 keeps it for ever.",
    )
    dead_after: float = Field(
        default=30.0,
        ge=1.0,
        description="Seconds after which a silent worker counts as dead and the others take its jobs over.",
    )
    sentence_model: Path | None = Field(
        default=None,
        description="A folder with an ONNX sentence model, to find similar issues and tell types by meaning.",
    )
    dashboard_token: SecretStr | None = Field(
        default=None, description="The password of /dashboard; without one nobody sees it."
    )
    dry_run: bool = Field(default=False, description="Decide and record everything, but change nothing.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="How much to log."
    )

    @field_validator("webhook_secrets", "hub_token_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value

    @field_validator("hub_token_keys")
    @classmethod
    def _fernet_keys(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        try:
            for key in value:
                Fernet(key.get_secret_value())
        except ValueError:
            raise ValueError("expected keys as `giveback hub-tokens key` makes them") from None
        return value

    @field_validator("hub_namespaces", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        return parse_namespaces(value) if isinstance(value, str) else value

    @field_validator("source_places", mode="before")
    @classmethod
    def _places(cls, value: object) -> object:
        return parse_places(value) if isinstance(value, str) else value

    @field_validator("source_networks", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        return parse_networks(value) if isinstance(value, str) else value

    @field_validator("keep_days")
    @classmethod
    def _long_enough(cls, value: int) -> int:
        if 0 < value < SHORTEST_KEPT:
            raise ValueError(
                f"GitHub redelivers for a week: expected at least {SHORTEST_KEPT}, or 0 for ever"
            )
        return value

    @field_validator("dashboard_token")
    @classmethod
    def _hard_to_guess(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < SHORTEST_TOKEN:
            raise ValueError(f"anybody may try it: expected at least {SHORTEST_TOKEN} characters")
        return value

    @field_validator("github_api_url", "github_url", "hub_endpoint", "public_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
            raise ValueError("expected an address such as https://example.org, with no password in it")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if not re.match(r"sqlite(\+\w+)?:///[^:]|postgres(ql)?(\+\w+)?://", value):
            raise ValueError("expected sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE")
        return value

    @field_validator("github_private_key")
    @classmethod
    def _one_line_key(cls, value: SecretStr | None) -> SecretStr | None:
        return SecretStr(value.get_secret_value().replace("\\n", "\n").strip() + "\n") if value else None

    @model_validator(mode="after")
    def _read_key(self) -> Self:
        if self.github_private_key or not self.github_private_key_path:
            return self
        try:
            key = self.github_private_key_path.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"the private key's file cannot be read: {type(error).__name__}") from None
        object.__setattr__(self, "github_private_key", SecretStr(key))  # a frozen model's own validator
        return self

    @classmethod
    def variables(cls) -> dict[str, str]:
        """Give the environment variable of each field."""
        return {
            name: str(field.validation_alias or PREFIX + name.upper())
            for name, field in cls.model_fields.items()
        }

    @property
    def fernet_keys(self) -> tuple[str, ...]:
        """Give the keys that the tokens of Hub namespaces are encrypted with, the one for new ones first."""
        return tuple(key.get_secret_value() for key in self.hub_token_keys)

    def missing(self) -> list[str]:
        """List the environment variables the service cannot do without and does not have."""
        return [self.variables()[name] for name in _OF_THE_APP if not getattr(self, name)]

    @property
    def has_no_app(self) -> bool:
        """Tell whether none of them is set: the service then offers to register an App."""
        return len(self.missing()) == len(_OF_THE_APP)


def read_settings(**given: Any) -> Settings:
    """Read the settings, ``given`` ones first; raises SettingsError."""
    places = (os.environ.get(f"{PREFIX}SECRETS"), os.environ.get("CREDENTIALS_DIRECTORY"), "/run/secrets")
    folder = next((place for place in places if place and Path(place).is_dir()), None)
    try:
        return Settings(**{"_secrets_dir": folder, **given})
    except ValidationError as error:
        raise SettingsError("\n".join(_in_words(error))) from None


def _in_words(error: ValidationError) -> list[str]:
    names = Settings.variables()
    said = []
    for detail in error.errors(include_input=False, include_context=False, include_url=False):
        if detail["type"] == "default_factory_not_called":
            continue  # its default is made from another setting, which is the one with the mistake
        field = str(detail["loc"][0]) if detail["loc"] else "github_private_key_path"
        said.append(f"{names.get(field, field)}: {detail['msg'].removeprefix('Value error, ')}")
    return said


def executor(state: Path) -> str:
    """Name this worker after its machine and its state folder."""
    return f"{socket.gethostname()}-{uuid.uuid5(uuid.NAMESPACE_URL, state.resolve().as_uri()).hex[:8]}"


def web_address(api_url: str) -> str:
    """Derive where GitHub's pages are from where its API is.

    github.com and tenants of ghe.com have the API at ``api.``, GitHub Enterprise Server at ``/api/v3``
    (GitHub docs: REST API, "Getting started" of each edition). The sandbox serves both in one place.
    """
    parts = urlsplit(api_url)
    host = parts.netloc.removeprefix("api.")
    return f"{parts.scheme}://{host}{parts.path.removesuffix('/').removesuffix('/api/v3')}"
