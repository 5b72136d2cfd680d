import pytest

from bot.cards.licence_texts import recognise
from bot.hub.jobs import Origin
from bot.release.files import Inspection, OddFile, ReleaseFile
from bot.release.licence_files import licence_files, licence_text
from bot.release.manifest import read_manifest
from tests.release.worlds import MANIFEST

LLAMA = (
    Origin("model", "meta-llama/Llama-3.1-8B", license="llama3.1"),
    Origin("model", "meta-llama/Llama-3.1-8B-Instruct", license="llama3.1"),
    Origin("model", "google/gemma-2b", license="gemma"),
)


def found(*paths: str) -> Inspection:
    return Inspection(tuple(ReleaseFile(path, 1, "a" * 64) for path in paths))


def written(
    licence: str, folder: Inspection | None = None, origins: tuple[Origin, ...] = ()
) -> dict[str, str]:
    manifest = read_manifest(MANIFEST.replace("apache-2.0", licence))
    return {file.path: file.text for file in licence_files(manifest, folder or found(), origins)}


@pytest.mark.parametrize(
    "licence",
    ["apache-2.0", "mpl-2.0", "gpl-3.0", "lgpl-3.0", "agpl-3.0", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0"],
)
def test_a_licence_that_is_the_same_for_everybody_is_written_word_by_word(licence: str) -> None:
    assert recognise(written(licence)["LICENSE"]) == licence


@pytest.mark.parametrize("licence", ["mit", "bsd-3-clause", "llama3.1", "gemma", "openrail", "../apache-2.0"])
def test_a_licence_that_names_its_owner_or_asks_for_more_is_left_to_people(licence: str) -> None:
    assert licence_text(licence) is None


@pytest.mark.parametrize("name", ["LICENSE", "license.txt", "LICENCE.md", "COPYING"])
def test_a_licence_file_that_somebody_wrote_is_left_alone(name: str) -> None:
    assert written("apache-2.0", found(name)) == {}
    assert written("apache-2.0", Inspection((), (OddFile(name, "it is a link"),))) == {}
    assert "LICENSE" in written("apache-2.0", found(f"sub/{name}"))


def test_the_notice_has_what_each_base_models_licence_prescribes_once() -> None:
    text = written("llama3.1", origins=LLAMA)["NOTICE"]
    assert text.count("Llama 3.1 is licensed under the Llama 3.1 Community License") == 1
    assert "Gemma" in text
    assert "NOTICE" not in written("llama3.1", found("Notice.txt"), LLAMA)
    assert "NOTICE" not in written("apache-2.0")
