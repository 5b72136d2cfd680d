from __future__ import annotations

import pytest

from bot.namespaces import may_publish, parse_namespaces


@pytest.mark.parametrize(
    ("mapping", "repository", "hub_id", "allowed"),
    [
        ("", "octo/models", "octo/bert", True),
        ("", "Octo/models", "OCTO/Bert", True),
        ("", "octo/models", "octo-ai/bert", False),
        ("", "octo/models", "victim/bert", False),
        ("octo=octo-ai", "octo/models", "octo-ai/bert", True),
        ("octo=octo-ai", "octo/models", "octo/bert", False),
        ("OCTO=Octo-AI", "octo/models", "octo-ai/bert", True),
        ("octo=octo-ai", "other/models", "octo-ai/bert", False),
        ("octo=octo-ai", "other/models", "other/bert", True),
        ("octo=octo-ai", "octo-ai/models", "octo-ai/bert", False),
        ("octo=octo-ai,octo-ai=octo-ai", "octo-ai/models", "octo-ai/bert", True),
        ("octo/secret=labs", "labs/models", "labs/bert", False),
        ("octo=a,octo=b", "octo/models", "b/bert", True),
        ("octo/secret=labs", "octo/secret", "labs/bert", True),
        ("octo/secret=labs", "octo/secret", "octo/bert", False),
        ("octo/secret=labs", "octo/models", "labs/bert", False),
        ("octo/secret=labs,octo=octo-ai", "octo/secret", "octo-ai/bert", True),
        ("", "octo/models", "octo", False),
        ("", "octo/models", "octo/", False),
        ("", "octo/models", "/octo", False),
        ("", "", "/", False),
        ("", "", "", False),
    ],
)
def test_a_repository_publishes_only_where_its_owner_does(
    mapping: str, repository: str, hub_id: str, allowed: bool
) -> None:
    assert may_publish(repository, hub_id, parse_namespaces(mapping)) is allowed


@pytest.mark.parametrize("text", ["octo", "octo=", "=octo", "a/b/c=d", "octo=a/b", "octo=a b", "octo=*"])
def test_what_is_no_pair_of_names_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="octo=octo-ai"):
        parse_namespaces(text)
