import hashlib
from pathlib import Path

from bot.hub.jobs import PublishedFile
from bot.hub.moving import STREAMED, Moving

CONTENT = bytes(range(256)) * (STREAMED // 256 + 5)


def opened(folder: Path, approved: bytes = CONTENT) -> Moving:
    (folder / "m.bin").write_bytes(CONTENT)
    return Moving((published(approved),), lambda done, total: told.append((done, total)))


def published(content: bytes) -> PublishedFile:
    return PublishedFile("m.bin", len(content), hashlib.sha256(content).hexdigest())


told: list[tuple[int, int]] = []


def test_what_was_read_in_parts_and_again_is_compared_with_what_was_approved(tmp_path: Path) -> None:
    moving = opened(tmp_path)
    operation = moving.addition(tmp_path, published(CONTENT))
    assert operation.upload_info.sha256.hex() == published(CONTENT).sha256
    assert moving.changed == ()
    with operation.as_file() as file:
        file.read(1000)
        file.seek(0)
        while file.read(70_000):
            pass
        assert moving.changed == ()
    moving.close()
    assert told[-1][0] > 0


def test_other_content_or_a_part_of_it_is_named(tmp_path: Path) -> None:
    moving = opened(tmp_path)
    with moving.addition(tmp_path, published(CONTENT[:-1] + b"x")).as_file() as file:
        file.read()
    assert moving.changed == ("m.bin",)
    moving.close()
    part = opened(tmp_path)
    with part.addition(tmp_path, published(CONTENT)).as_file() as file:
        file.read(10)
    assert part.changed == ("m.bin",)
    part.close()


def test_what_is_verified_afterwards_is_not_hashed_on_its_way_and_its_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "m.bin").write_bytes(CONTENT)
    seen: list[int] = []
    file = published(CONTENT[:-1] + b"x")
    moving = Moving((file,), lambda done, total: seen.append(done), is_verified=True)
    with moving.addition(tmp_path, file).as_file() as sent:
        sent.read()
    assert (moving.changed, seen) == ((), [len(CONTENT)])
    moving.close()


def test_small_files_are_left_to_the_client(tmp_path: Path) -> None:
    (tmp_path / "m.bin").write_bytes(b"small")
    moving = Moving((published(b"small"),), lambda done, total: None)
    operation = moving.addition(tmp_path, published(b"small"))
    assert operation.path_or_fileobj == str(tmp_path / "m.bin")
    assert moving.changed == ()
