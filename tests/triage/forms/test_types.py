from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.forms import Form, type_of_form, type_of_title


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("[Bug]: it breaks", "bug"),
        ("[BUG] it breaks", "bug"),
        ("[Feature Request] more", "feature"),
        ("[RFC]: a plan", "feature"),
        ("[Usage]: how", "question"),
        ("[Doc]: wrong", "docs"),
        ("[Performance]: slow", "bug"),
        ("【Question】how", "question"),
        ("Bug: it breaks", "bug"),
        ("feat(api): more", "feature"),
        ("fix: x", "bug"),
        ("[ROCm] it breaks", None),
        ("It breaks", None),
        ("", None),
    ],
)
def test_a_title_tells_its_type_by_its_prefix(title: str, kind: str | None) -> None:
    assert type_of_title(title) == kind


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        (Form("", "🐛 Bug Report", ()), "bug"),
        (Form("", "Something", (), labels=("needs triage", "kind:bug")), "bug"),
        (Form("", "Something", (), title="[Feature]: "), "feature"),
        (Form("", "Bug or not", (), type="Feature"), "feature"),
        (Form("", "Documentation issue", (), labels=("triage",)), "docs"),
        (Form("", "Ask a question", ()), "question"),
        (Form("", "New model", ()), "feature"),
        (Form("", "Other", ()), None),
    ],
)
def test_a_form_tells_its_type_by_what_it_sets_before_its_name(form: Form, kind: str | None) -> None:
    assert type_of_form(form) == kind


@given(st.text())
def test_any_title_is_read(title: str) -> None:
    type_of_title(title)
