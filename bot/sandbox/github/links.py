"""Build the addresses that stand in the sandbox's answers, so that every one of them works."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Template
from urllib.parse import quote, urlsplit

from ruamel.yaml import YAML

_LINKS: dict[str, dict[str, Template]] = {
    kind: {name: Template(text) for name, text in links.items()}
    for kind, links in YAML(typ="safe").load(Path(__file__).with_name("links.yml")).items()
}


@dataclass(frozen=True)
class Links:
    """Addresses below one base, for example ``http://127.0.0.1:8080``, without a slash at its end."""

    base: str

    @property
    def api(self) -> str:
        """The REST API, where GitHub Enterprise Server has it."""
        return f"{self.base}/api/v3"

    @property
    def uploads(self) -> str:
        """The upload API, where GitHub Enterprise Server has it."""
        return f"{self.base}/api/uploads"

    def of(self, kind: str, **values: object) -> dict[str, str]:
        """List the addresses of a thing: ``links.of("account", id=3, login="alice")``."""
        return dict(_expand(self.base, kind, tuple(values.items())))


@lru_cache(maxsize=8192)
def _expand(base: str, kind: str, values: tuple[tuple[str, object], ...]) -> dict[str, str]:
    links = Links(base)
    known = {
        "web": base,
        "api": links.api,
        "uploads": links.uploads,
        "host": urlsplit(base).netloc,
        **{name: quote(str(value), safe="/") for name, value in values},
    }
    return {name: template.substitute(known) for name, template in _LINKS[kind].items()}
