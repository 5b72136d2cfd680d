"""Write the LICENSE and the NOTICE of a release where its folder has none and there is one right answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

from bot.hub.jobs import Origin
from bot.release.agreements import recognise_agreement
from bot.release.files import Inspection, WrittenFile
from bot.release.licence_rules import licence_rules
from bot.release.lineage import notices
from bot.release.manifest import Manifest

_TEXTS = files("bot.release").joinpath("licence_texts")
_LICENCE_NAMES = ("LICENSE", "LICENCE", "COPYING")
_NOTICE_NAMES = ("NOTICE",)


def licence_files(
    manifest: Manifest, found: Inspection, origins: Iterable[Origin], copied: str = ""
) -> Iterator[WrittenFile]:
    """Yield what is to be written into the model's folder before people are asked to approve it.

    The right answer for LICENSE is one where the licence's text is the same for everybody: one that names its
    owner, as MIT does, is left to people. ``copied`` is the LICENSE of the model that :func:`to_copy_from`
    names; it counts when it is recognised as the licence that the manifest names. For NOTICE it is what the
    base models' licences prescribe word by word. A file that somebody wrote is never changed.
    """
    origins = tuple(origins)
    text, source = licence_text(manifest.license), to_copy_from(manifest, found, origins)
    if text is not None and not _has(found, _LICENCE_NAMES):
        yield WrittenFile("LICENSE", text, f"the text of {manifest.license}, which the manifest names")
    elif source and recognise_agreement(copied) == _key(manifest.license, manifest.license_name):
        yield WrittenFile("LICENSE", copied, f"a copy of the one of {source}, which asks for it")
    words = list(notices(origins, licence_rules()))
    if words and not _has(found, _NOTICE_NAMES):
        why = f'what the licences of its base models prescribe: "{" ".join(words)}"'
        yield WrittenFile("NOTICE", "\n\n".join(words) + "\n", why)


def to_copy_from(manifest: Manifest, found: Inspection, origins: Iterable[Origin]) -> str | None:
    """Name the base model whose licence has to come with a copy, and is the one the manifest names."""
    if licence_text(manifest.license) is not None or _has(found, _LICENCE_NAMES):
        return None
    for origin in origins:
        rule = licence_rules().rule_of(origin.license, origin.license_name)
        is_the_same = _key(origin.license, origin.license_name) == _key(
            manifest.license, manifest.license_name
        )
        if origin.id in manifest.base_models and rule is not None and rule.text == "file" and is_the_same:
            return origin.id
    return None


def _key(licence: str, name: str | None) -> str | None:
    return licence_rules().key_of(licence, name)


@cache
def licence_text(licence: str) -> str | None:
    """Give the text of a licence that is the same for everybody who uses it, or None."""
    path = _TEXTS.joinpath(f"{licence}.txt")
    return path.read_text("utf-8") if path.is_file() else None


def _has(found: Inspection, names: tuple[str, ...]) -> bool:
    """Tell whether such a file is at the top of the folder, with any ending, or one that is refused there."""
    paths = [file.path for file in found.files] + [odd.path for odd in found.odd]
    return any(path.upper().startswith(names) for path in paths if "/" not in path)
