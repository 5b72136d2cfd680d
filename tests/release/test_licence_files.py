from importlib.resources import files

import pytest

from bot.cards.licence_texts import recognise
from bot.documents import parse_mapping
from bot.hub.jobs import Origin
from bot.release.files import Inspection, OddFile, ReleaseFile
from bot.release.licence_files import licence_files, licence_text, to_copy_from
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


def llama_licence() -> str:
    marks = read_table()["llama3.1"]
    return f"{marks['title'][0].upper()}\n\n" + "\n".join(f"On {words}." for words in marks["holds"])


def read_table() -> dict[str, dict[str, list[str]]]:
    table, _ = parse_mapping(files("bot.release").joinpath("agreements.yml").read_bytes())
    return table


def test_a_licence_that_has_to_come_as_a_copy_is_copied_from_the_base_model_it_came_with() -> None:
    text = MANIFEST.replace("apache-2.0", "llama3.1").replace("acme/digits-base", LLAMA[0].id)
    manifest = read_manifest(text)
    assert to_copy_from(manifest, found(), LLAMA) == LLAMA[0].id
    assert to_copy_from(manifest, found("LICENSE"), LLAMA) is None
    assert to_copy_from(read_manifest(MANIFEST), found(), LLAMA) is None
    copied = {file.path: file.text for file in licence_files(manifest, found(), LLAMA, llama_licence())}
    assert copied["LICENSE"] == llama_licence()
    for other in ("", "Do what you like.", "GEMMA TERMS OF USE"):
        assert "LICENSE" not in {file.path for file in licence_files(manifest, found(), LLAMA, other)}


def test_the_notice_has_what_each_base_models_licence_prescribes_once() -> None:
    text = written("llama3.1", origins=LLAMA)["NOTICE"]
    assert text.count("Llama 3.1 is licensed under the Llama 3.1 Community License") == 1
    assert "Gemma" in text
    assert "NOTICE" not in written("llama3.1", found("Notice.txt"), LLAMA)
    assert "NOTICE" not in written("apache-2.0")
