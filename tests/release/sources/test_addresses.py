"""A source is read as one of the kinds there are, or refused in words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.documents import DocumentError
from bot.release.manifest import json_schema, read_manifest
from bot.release.sources.addresses import (
    Address,
    Artifact,
    Bucket,
    Folder,
    HubRevision,
    ReleaseAssets,
    TrackedModel,
    WebAddress,
    parse_source,
)
from tests.release.worlds import MANIFEST

SOURCES: dict[str, Address] = {
    "models/digits": Folder("models/digits"),
    "./models//digits/": Folder("models/digits"),
    ".": Folder("."),
    "release:v1.2.0": ReleaseAssets("v1.2.0", ("*",)),
    "release:v1.2.0/model-*.safetensors,*.json": ReleaseAssets("v1.2.0", ("model-*.safetensors", "*.json")),
    "release:models/v1.2.0/*": ReleaseAssets("models/v1.2.0", ("*",)),
    "artifact:1234567890/model weights": Artifact(1234567890, "model weights"),
    "hf://acme/staging": HubRevision("acme/staging", "main"),
    "hf://acme/staging@refs/pr/3": HubRevision("acme/staging", "refs/pr/3"),
    "models:/tiny opinions/3": TrackedModel(model="tiny opinions", version="3"),
    "models:/opinions@champion": TrackedModel(model="opinions", alias="champion"),
    "runs:/0123abc/model": TrackedModel(run="0123abc", path="model"),
    "runs:/0123abc": TrackedModel(run="0123abc"),
    "https://models.example.org/a/model.gguf": WebAddress("https://models.example.org/a/model.gguf"),
    f"http://10.0.0.1:8080/m/#sha256={'a' * 64}": WebAddress("http://10.0.0.1:8080/m/", "a" * 64),
    "s3://acme-models/digits/1.0.0/": Bucket("s3", "acme-models", "digits/1.0.0"),
    "gs://acme-models": Bucket("gs", "acme-models", ""),
}


@pytest.mark.parametrize(("text", "address"), SOURCES.items())
def test_a_source_is_read(text: str, address: Address) -> None:
    assert parse_source(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        " models",
        "/etc",
        "a/../../b",
        "a\\b",
        "a\nb",
        "C:/models",
        "ftp://example.org/x",
        "file:///etc/passwd",
        "HTTPS://example.org/x",
        "release:",
        "release:/x",
        "release:v1/a b",
        "release:-v1/*",
        "release:v1..2/*",
        "artifact:train/model",
        "artifact:1/a/b",
        "artifact:1",
        "hf://acme",
        "hf://acme/staging@--all",
        "hf://acme/staging@a..b",
        "hf://acme/../x",
        "models:/opinions",
        "models:/a/b/1",
        "models:/a/latest",
        "runs:/../x",
        "runs:/0123/../x",
        "https://",
        "https:///x",
        "https:x",
        "https://user:word@example.org/x",
        "https://example.org/x?token=1",
        "https://example.org/x#y",
        "https://example.org/a/../b",
        "https://example.org/a/%2E%2e/b",
        "https://example.org/a%2fb",
        "https://example.org/ü",
        "https://example.org:99999/x",
        "https://[::1/x",
        "https://ex ample.org/",
        "s3://",
        "s3://A/b",
        "s3://bucket/a/../b",
        "s3://bucket/*",
        "gs://bucket//a",
        "x" * 1001,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_source(text)


@given(
    st.text(max_size=60)
    | st.from_regex(r"(release|artifact|hf|models|runs|https|s3):[ -~]{0,40}", fullmatch=True)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_source(text)
    except ValueError:
        return


def test_a_mistake_in_a_source_is_placed() -> None:
    with pytest.raises(DocumentError) as caught:
        read_manifest(MANIFEST.replace("models/digits", "https://example.org/x?key=1"))
    assert str(caught.value).startswith("3:9: an address with a ? often carries a key")
    with pytest.raises(DocumentError, match='3:9: "ftp://x" is no source; write a folder'):
        read_manifest(MANIFEST.replace("models/digits", "ftp://x"))


def test_only_a_folder_of_the_repository_is_a_folder() -> None:
    assert read_manifest(MANIFEST).folder == "models/digits"
    assert read_manifest(MANIFEST.replace("models/digits", "hf://acme/staging")).folder is None


@pytest.mark.parametrize("text", SOURCES)
def test_editors_are_told_that_each_kind_is_right(text: str) -> None:
    """``re.search`` reads these patterns as JSON Schema does."""
    patterns = [kind["pattern"] for kind in json_schema()["properties"]["source"]["anyOf"]]
    assert any(re.search(pattern, text) for pattern in patterns)


def test_the_page_about_sources_shows_what_can_be_read() -> None:
    page = (Path(__file__).parents[3] / "docs" / "sources.md").read_text("utf-8")
    shown = [cell for row in page.splitlines() for cell in re.findall(r"^\| (`.+?`) \|", row)]
    sources = [
        source
        for cell in shown
        for source in re.findall(r"`([^`]+)`", cell)
        if source.islower() or ":" in source
    ]
    kinds = {type(parse_source(source)) for source in sources if source != "source"}
    assert kinds == {Folder, ReleaseAssets, Artifact, HubRevision, TrackedModel, WebAddress, Bucket}
