from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.disclosure import HIDDEN, Level, is_hidden, read_for_disclosure

REPORT = """### Summary

`load_model` unpickles what it downloads.

### Proof of concept

```python
class Exploit:
    def __reduce__(self):
        return os.system, ("id",)
```

### Impact

A remote attacker can run code on every machine that loads the model.

### Severity

CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H
"""


@pytest.mark.parametrize(
    "title",
    [
        "Arbitrary code execution in load_model",
        "[Security] RCE via pickle in the model loader",
        "Security vulnerability: unsafe deserialization of checkpoints",
        "Path Traversal in the dataset extractor",
        "SSRF through image_url",
    ],
)
def test_a_report_with_a_way_to_exploit_it_is_clear(title: str) -> None:
    reading = read_for_disclosure(title, REPORT)
    assert reading.level is Level.CLEAR
    assert len(reading.because) >= 3


@pytest.mark.parametrize(
    "title",
    [
        "Crash when loading",
        "Add protection against RCE",
        "[Feature]: sandbox against arbitrary code execution",
        "Docs: describe the XSS filter",
        "How do I report a security vulnerability?",
        "Snyk reports a vulnerability in a transitive dependency",
        "Bump pillow because of a security issue",
        "Vulnerability scan fails in CI",
        "Question: is the SSRF check on by default?",
        "Sourced a source",
    ],
)
def test_other_matters_are_left_alone_whatever_their_text_says(title: str) -> None:
    assert read_for_disclosure(title, REPORT).level is Level.NOTHING


def test_what_is_public_already_is_no_disclosure() -> None:
    for name in ("CVE-2024-12345", "ghsa-2222-3456-cfgh"):
        assert read_for_disclosure(f"RCE in load_model ({name})", REPORT).level is Level.NOTHING
        assert read_for_disclosure("RCE in load_model", f"{REPORT}\nsee {name}").level is Level.NOTHING


def test_a_title_without_a_way_to_exploit_it_is_only_perhaps_one() -> None:
    for body in ("", "I think loading a model is dangerous.", "### Impact\n\n### Severity\n\n### CWE-502\n"):
        assert read_for_disclosure("Security issue in load_model", body).level is Level.PERHAPS


def test_a_report_under_another_title_is_left_to_people() -> None:
    assert read_for_disclosure("Problem with load_model", REPORT).level is Level.NOTHING


def test_only_what_begins_with_the_mark_is_out_of_view() -> None:
    assert is_hidden(f"{HIDDEN}\nmoved")
    assert not is_hidden(f"quoting {HIDDEN}")


@given(st.text(), st.text())
def test_no_text_trips_the_reading(title: str, body: str) -> None:
    read_for_disclosure(title, body)


@pytest.mark.parametrize(
    "piece", ["a attacker ", "CVSS:3.1/", "security ", "malicious ", "remote arbitrary "]
)
def test_a_hostile_text_is_read_to_the_end(piece: str) -> None:
    body = piece * (1_000_000 // len(piece))
    assert read_for_disclosure("RCE", body).level in Level
    assert read_for_disclosure(body, body).level in Level
