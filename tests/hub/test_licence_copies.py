from huggingface_hub import HfApi

from bot.hub.publishing import Publisher
from tests.fixtures.hub import SandboxHub


async def test_the_licence_at_the_top_of_a_model_is_read_as_it_is(
    hub: SandboxHub, publisher: Publisher
) -> None:
    api = HfApi(endpoint=hub.url, token=hub.token)
    contents = {
        "with": {"sub/LICENSE": b"not this", "LICENSE.txt": "Terms ©\r\n".encode()},
        "without": {"config.json": b"{}"},
        "other": {"LICENSE": b"\xff\xfe"},
    }
    for name, files in contents.items():
        api.create_repo(f"acme/{name}")
        for path, content in files.items():
            api.upload_file(path_or_fileobj=content, path_in_repo=path, repo_id=f"acme/{name}")
    assert await publisher.licence_of("acme/released", "acme/with") == "Terms ©\r\n"
    for name in ("without", "other", "none"):
        assert await publisher.licence_of("acme/released", f"acme/{name}") == ""
