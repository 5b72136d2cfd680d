"""Write the LICENSE and the NOTICE of a release where its folder has none and there is one right answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

from bot.hub.jobs import Origin
from bot.release.files import Inspection, WrittenFile
from bot.release.licence_rules import licence_rules
from bot.release.lineage import notices
from bot.release.manifest import Manifest

_TEXTS = files("bot.release").joinpath("licence_texts")
_LICENCE_NAMES = ("LICENSE", "LICENCE", "COPYING")
_NOTICE_NAMES = ("NOTICE",)


def licence_files(manifest: Manifest, found: Inspection, origins: Iterable[Origin]) -> Iterator[WrittenFile]:
    """Yield what is to be written into the model's folder before people are asked to approve it.

    The right answer for LICENSE is one where the licence's text is the same for everybody: one that names its
    owner, as MIT does, is left to people. For NOTICE it is what the base models' licences prescribe word by
    word. A file that somebody wrote is never changed.
    """
    text = licence_text(manifest.license)
    if text is not None and not _has(found, _LICENCE_NAMES):
        yield WrittenFile("LICENSE", text, f"the text of {manifest.license}, which the manifest names")
    words = list(notices(origins, licence_rules()))
    if words and not _has(found, _NOTICE_NAMES):
        why = f'what the licences of its base models prescribe: "{" ".join(words)}"'
        yield WrittenFile("NOTICE", "\n\n".join(words) + "\n", why)


@cache
def licence_text(licence: str) -> str | None:
    """Give the text of a licence that is the same for everybody who uses it, or None."""
    path = _TEXTS.joinpath(f"{licence}.txt")
    return path.read_text("utf-8") if path.is_file() else None


def _has(found: Inspection, names: tuple[str, ...]) -> bool:
    """Tell whether such a file is at the top of the folder, with any ending, or one that is refused there."""
    paths = [file.path for file in found.files] + [odd.path for odd in found.odd]
    return any(path.upper().startswith(names) for path in paths if "/" not in path)
