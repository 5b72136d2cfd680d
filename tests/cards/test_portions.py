"""What is fetched of a large file so that its reader sees all it looks at."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import pytest

from bot.cards.artifacts import CannotRead, Opened
from bot.cards.facts import Fact
from bot.cards.finding import matches
from bot.cards.portions import PORTION, Look, Portions, TooScattered
from bot.cards.readers import READERS, gguf_header, keras_archive, pickles, safetensors_header

FIXTURES = Path(__file__).parent / "fixtures"
LOOKED_AT = [
    (reader.look, path)
    for path in sorted(FIXTURES.glob("*/**/*"))
    for reader in READERS
    if reader.look and path.is_file()
    if matches(path.relative_to(FIXTURES).as_posix().partition("/")[2], reader.pattern)
]


def fetched(look: Look, content: bytes, place: Path) -> int:
    """Fetch into a file at ``place`` what a reader looks at, and give how many bytes that was."""
    total = 0
    with place.open("w+b") as out:
        portions = Portions(look, out, len(content))
        while (wanted := portions.wanted()) is not None:
            start, length = wanted
            assert length > 0
            portions.fill(start, content[start : start + length])
            total += length
        out.truncate(len(content))
    return total


def seen(look: Look, file: Opened) -> list[object]:
    try:
        return list(look(file, "f"))
    except CannotRead as error:
        return [str(error)]


def test_every_kind_of_large_file_is_tried_here() -> None:
    of_fixtures = {look for look, _ in LOOKED_AT}
    untried = {reader.pattern for reader in READERS if reader.look and reader.look not in of_fixtures}
    assert untried <= {"*.joblib"}


@pytest.mark.parametrize(("look", "path"), LOOKED_AT, ids=lambda one: getattr(one, "name", ""))
def test_the_portions_say_what_the_whole_file_says(look: Look, path: Path, tmp_path: Path) -> None:
    content = path.read_bytes() + bytes(3 * PORTION) * (path.suffix in (".gguf", ".bin"))
    assert fetched(look, content, tmp_path / "f") <= max(PORTION, len(content))
    with (tmp_path / "f").open("rb") as sparse:
        assert seen(look, sparse) == seen(look, io.BytesIO(content))


@pytest.mark.parametrize(
    ("look", "path", "portions"),
    [
        (gguf_header.look, "gguf/tiny-llama-q8_0.gguf", 2),
        (safetensors_header.look, "peft-lora/adapter_model.safetensors", 1),
        (pickles.look, "peft-lora/adapter_model.safetensors", 1),
    ],
)
def test_of_a_file_with_its_header_first_little_more_is_fetched(
    look: Look, path: str, portions: int, tmp_path: Path
) -> None:
    content = (FIXTURES / path).read_bytes() + bytes(8_000_000)
    assert fetched(look, content, tmp_path / "f") <= portions * PORTION


def test_of_an_archive_its_list_and_the_members_that_matter_are_fetched(tmp_path: Path) -> None:
    packed = io.BytesIO()
    original = next((FIXTURES / "keras").glob("*.keras"))
    with zipfile.ZipFile(packed, "w") as archive, zipfile.ZipFile(original) as given:
        archive.writestr("model.weights.h5", random.Random(1).randbytes(4_000_000))
        for name in ("config.json", "metadata.json"):
            archive.writestr(name, given.read(name))
    content = packed.getvalue()
    assert fetched(keras_archive.look, content, tmp_path / "f") < 5 * PORTION
    with (tmp_path / "f").open("rb") as sparse:
        facts = seen(keras_archive.look, sparse)
    assert "keras.class" in {fact.name for fact in facts if isinstance(fact, Fact)}


def test_what_stands_all_over_a_file_is_given_up(tmp_path: Path) -> None:
    def hop(file: Opened, name: str) -> list[bytes]:
        found = []
        for place in range(0, 300 * 4 * PORTION, 4 * PORTION):
            file.seek(place)
            found.append(file.read(1))
        return found

    with pytest.raises(TooScattered):
        fetched(hop, bytes(300 * 4 * PORTION), tmp_path / "f")
