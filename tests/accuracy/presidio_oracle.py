"""Analyse texts with Presidio, in its own environment: JSON lines with a text in, JSON lines with spans out.

``python -P presidio_oracle.py [--words]``: with ``--words`` its recognisers are given the words of each
text; Presidio's own engine for texts without a model leaves words around a value out of account.
The last line tells the seconds of CPU that analysing took.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time

# mypy runs in the other environment, which has none of these
import tldextract  # type: ignore[import-not-found]
from presidio_analyzer import AnalyzerEngine  # type: ignore[import-not-found]
from presidio_analyzer.nlp_engine import NlpArtifacts  # type: ignore[import-not-found]
from presidio_analyzer.nlp_engine.no_op_nlp_engine import (  # type: ignore[import-not-found]
    NoOpNlpEngine,
)

WORD = re.compile(r"\w+")


class Words(NoOpNlpEngine):  # type: ignore[misc]  # as above
    """Give the words of a text in lower case as its lemmas."""

    def process_text(self, text: str, language: str) -> object:
        """Cut a text into words."""
        words = list(WORD.finditer(text))
        lemmas = [word.group().lower() for word in words]
        return NlpArtifacts([], lemmas, [word.start() for word in words], lemmas, self, language)


def main() -> None:
    """Analyse what is given on standard input."""
    logging.disable(logging.CRITICAL)
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())  # it would ask the network for a list
    kind = Words if "--words" in sys.argv else NoOpNlpEngine
    engine = kind(models=[{"lang_code": "en", "model_name": "no_op"}])
    engine.load()
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
    analyzer.analyze("call 415-555-2671", "en")
    seconds = 0.0
    for line in sys.stdin:
        text = json.loads(line)["text"]
        start = time.process_time()
        found = analyzer.analyze(text, "en")
        seconds += time.process_time() - start
        print(json.dumps([[one.start, one.end, one.entity_type, one.score] for one in found]))
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main()
