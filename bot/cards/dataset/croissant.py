"""Read what a Croissant description beside the data says, as answers.

Source: MLCommons, Croissant format specification 1.0, and Croissant RAI 1.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.cards import licences
from bot.cards.answers import MAX_WORDS
from bot.cards.artifacts import read_object
from bot.cards.facts import Fact

FILES = ("croissant.json", "metadata.json")
MAX_BYTES = 4 * 1024 * 1024
_CONFORMS = "http://mlcommons.org/croissant/"
_WORDS = {
    "name": "pretty-name",
    "description": "description",
    "citeAs": "citation",
    "rai:dataCollection": "source-data",
    "rai:dataPreprocessingProtocol": "processing",
    "rai:dataAnnotationProtocol": "annotation-process",
    "rai:annotatorDemographics": "annotators",
    "rai:dataUseCases": "intended-use",
    "rai:dataBiases": "limitations",
    "rai:dataLimitations": "limitations",
    "rai:personalSensitiveInformation": "personal-information",
    "rai:dataSocialImpact": "recommendations",
}
"""Properties, and the answer each one is."""


def read_croissant(folder: Path) -> Iterator[Fact]:
    """Yield the answers of the description, by their keys, where there is one. Raises CannotRead."""
    for file in FILES:
        if (folder / file).is_file():
            content = read_object(folder / file, MAX_BYTES)
            if str(content.get("conformsTo", content.get("dct:conformsTo"))).startswith(_CONFORMS):
                yield from _answers(content, file)


def _answers(content: dict[str, Any], file: str) -> Iterator[Fact]:
    said: dict[str, tuple[str, str]] = {}
    for name, key in _WORDS.items():
        text = _text(content.get(name))
        if text:
            before = said.get(key)
            said[key] = (f"{before[0]}\n\n{text}", f"{before[1]}, {name}") if before else (text, name)
    licence = _text(content.get("license"))
    right = licences.of_address(licence) or licences.meant(licence) if licence else None
    if right:
        said["license"] = (right, "license")
    for key, (text, name) in said.items():
        yield Fact(key, text, file, name)


def _text(value: object) -> str | None:
    """Take a text, or the texts of a list as one, if it is no longer than an answer may be."""
    texts = value if isinstance(value, list) else [value]
    taken = [one.strip() for one in texts if isinstance(one, str) and one.strip()]
    joined = "\n".join(taken)
    return joined if taken and len(joined) <= MAX_WORDS else None
