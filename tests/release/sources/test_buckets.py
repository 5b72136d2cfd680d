"""Objects are fetched from a real S3 server, where s3fs and moto are installed."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.release.request import PinKind
from bot.release.sources import Order, SourceRefused, SourceUnavailable
from bot.release.sources.addresses import Bucket
from bot.release.sources.buckets import BucketSource
from bot.sandbox.serving import run_in_thread
from tests.release.worlds import REQUEST

# What the libraries below warn of is not ours.
pytestmark = pytest.mark.filterwarnings("ignore")
needs_a_server = pytest.mark.skipif(
    find_spec("s3fs") is None or find_spec("moto") is None, reason="s3fs and moto are not installed"
)

FILES = {"model.safetensors": bytes(range(256)) * 40_000, "deep/config.json": b"{}", "empty.txt": b""}
MODEL = Bucket("s3", "acme-models", "digits/1.0.0")


@pytest.fixture(scope="module")
def storage() -> Iterator[Any]:
    """An S3 server with a bucket, and a client of it."""
    import boto3
    import fsspec
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    endpoint = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    login = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **login)
    client.create_bucket(Bucket="acme-models")
    for name, content in FILES.items():
        client.put_object(Bucket="acme-models", Key=f"digits/1.0.0/{name}", Body=content)
    client.put_object(Bucket="acme-models", Key="digits/1.0.0-rc/other.txt", Body=b"other")
    fsspec.config.conf["s3"] = {"endpoint_url": endpoint, "key": "testing", "secret": "testing"}
    yield client
    del fsspec.config.conf["s3"]
    server.stop()


async def fetch(into: Path, address: Bucket = MODEL, limit: int = 10**9) -> Any:
    return await BucketSource(["s3://acme-models"]).fetch(address, Order(REQUEST, into, limit))


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@needs_a_server
async def test_the_objects_below_a_prefix_are_fetched_and_pinned_by_their_etags(
    storage: Any, into: Path
) -> None:
    pins = await fetch(into)
    assert contents(into) == FILES
    assert [pin.uri for pin in pins] == [f"{MODEL}/{name}" for name in sorted(FILES)]
    etag = storage.head_object(Bucket="acme-models", Key="digits/1.0.0/deep/config.json")["ETag"]
    assert (pins[0].kind, pins[0].value) == (PinKind.ETAG, etag.strip('"'))


@needs_a_server
@pytest.mark.parametrize("prefix", ["nothing", "digits/1.0"])
async def test_a_prefix_without_objects_is_refused(storage: Any, into: Path, prefix: str) -> None:
    with pytest.raises(SourceRefused, match="nothing at"):
        await fetch(into, Bucket("s3", "acme-models", prefix))


@needs_a_server
async def test_one_object_is_fetched_by_its_name(storage: Any, into: Path) -> None:
    (pin,) = await fetch(into, Bucket("s3", "acme-models", "digits/1.0.0/deep/config.json"))
    assert contents(into) == {"config.json": b"{}"}
    assert pin.uri == f"{MODEL}/deep/config.json"


@needs_a_server
async def test_more_than_there_is_room_for_is_refused_before_it_is_fetched(storage: Any, into: Path) -> None:
    with pytest.raises(SourceRefused, match="larger than"):
        await fetch(into, limit=1000)
    assert contents(into) == {}


@needs_a_server
async def test_names_that_lead_out_are_refused(storage: Any, into: Path) -> None:
    storage.put_object(Bucket="acme-models", Key="odd/../../out.txt", Body=b"x")
    with pytest.raises(SourceRefused, match="not a path"):
        await fetch(into, Bucket("s3", "acme-models", "odd"))
    assert not (into.parent / "out.txt").exists()


@needs_a_server
async def test_an_object_that_changes_while_it_is_read_is_fetched_again_later(
    storage: Any, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from s3fs import S3File

    storage.put_object(Bucket="acme-models", Key="moving/model.bin", Body=bytes(20_000_000))
    fetched = S3File._fetch_range

    def change(self: Any, start: int, end: int) -> Any:
        if start:
            storage.put_object(Bucket="acme-models", Key="moving/model.bin", Body=b"x" * 20_000_000)
        return fetched(self, start, end)

    monkeypatch.setattr(S3File, "_fetch_range", change)
    with pytest.raises(SourceUnavailable):
        await fetch(into, Bucket("s3", "acme-models", "moving"))


@needs_a_server
async def test_a_storage_that_does_not_answer_may_later(
    storage: Any, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fsspec

    nobody = {**fsspec.config.conf["s3"], "endpoint_url": "http://127.0.0.1:9"}
    monkeypatch.setitem(
        fsspec.config.conf, "s3", {**nobody, "config_kwargs": {"retries": {"max_attempts": 0}}}
    )
    with pytest.raises(SourceUnavailable):
        await fetch(into)


@needs_a_server
async def test_a_listing_ends_where_a_release_does(
    storage: Any, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.release.sources.buckets.MAX_FILES", 2)
    with pytest.raises(SourceRefused, match=r"more than 2 objects at s3://acme-models/digits/1\.0\.0"):
        await fetch(into)
    assert contents(into) == {}


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    """Serve objects as Google Cloud Storage's JSON API does (objects.list, objects.get)."""
    import fsspec

    # Else it is asked by gRPC, which needs TLS, which kind of bucket it is.
    monkeypatch.setenv("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
    objects = {"digits/model.bin": bytes(range(256)) * 40_000, "digits/deep/config.json": b"{}"}

    def about(name: str) -> dict[str, str]:
        size = str(len(objects[name]))
        moment = "2026-01-01T00:00:00Z"
        return {
            "name": name,
            "bucket": "acme",
            "size": size,
            "generation": "7",
            "updated": moment,
            "timeCreated": moment,
        }

    async def many(request: Request) -> Response:
        prefix, delimiter = (request.query_params.get(name, "") for name in ("prefix", "delimiter"))
        below = [name for name in objects if name.startswith(prefix)]
        inner = {name: name.removeprefix(prefix).partition(delimiter or "\0") for name in below}
        folders = sorted({f"{prefix}{first}/" for first, found, _ in inner.values() if found})
        items = [about(name) for name, (_, found, _) in inner.items() if not found]
        return JSONResponse({"items": items, "prefixes": folders})

    async def one(request: Request) -> Response:
        name = request.path_params["name"]
        if request.query_params.get("alt") != "media":
            return JSONResponse(about(name) if name in objects else {}, 200 if name in objects else 404)
        first, _, last = request.headers["range"].removeprefix("bytes=").partition("-")
        return Response(objects[name][int(first) : int(last) + 1], 206)

    at = "/storage/v1/b/acme/o"
    routes = [Route(at, many), Route(f"{at}/{{name:path}}", one), Route(f"/download{at}/{{name:path}}", one)]
    with run_in_thread(Starlette(routes=routes)) as server:
        monkeypatch.setitem(fsspec.config.conf, "gs", {"endpoint_url": server.url, "token": "anon"})
        yield objects


@pytest.mark.skipif(find_spec("gcsfs") is None, reason="gcsfs is not installed")
async def test_objects_of_google_are_fetched_and_pinned_by_their_generations(
    google: dict[str, bytes], into: Path
) -> None:
    pins = await BucketSource(["gs://acme"]).fetch(
        Bucket("gs", "acme", "digits"), Order(REQUEST, into, 10**9)
    )
    assert {f"digits/{name}": content for name, content in contents(into).items()} == google
    assert [(pin.uri, pin.value) for pin in pins] == [(f"gs://acme/{name}", "7") for name in sorted(google)]


@pytest.mark.skipif(find_spec("gcsfs") is None, reason="gcsfs is not installed")
async def test_a_listing_of_google_ends_where_a_release_does(
    google: dict[str, bytes], into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.release.sources.buckets.MAX_FILES", 1)
    with pytest.raises(SourceRefused, match="more than 1 objects at gs://acme/digits"):
        await BucketSource(["gs://acme"]).fetch(Bucket("gs", "acme", "digits"), Order(REQUEST, into, 10**9))
    assert contents(into) == {}


async def test_a_bucket_that_the_operator_did_not_allow_is_not_asked(into: Path) -> None:
    for bucket in (Bucket("s3", "acme-models-2", "x"), Bucket("gs", "acme-models", "x")):
        with pytest.raises(SourceRefused, match="no place that this service may fetch from"):
            await fetch(into, bucket)


@pytest.mark.skipif(find_spec("gcsfs") is not None, reason="gcsfs is installed")
async def test_without_the_library_it_is_said_how_to_get_it(into: Path) -> None:
    with pytest.raises(SourceRefused) as refused:
        await BucketSource(["gs://acme"]).fetch(Bucket("gs", "acme", "x"), Order(REQUEST, into, 1))
    assert "giveback[sources]" in refused.value.next_step
