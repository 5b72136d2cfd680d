from __future__ import annotations

import pytest

from bot.places import is_within, parse_networks, parse_places, places_of


def test_places_are_of_owners_of_repositories_and_of_everybody() -> None:
    places = parse_places("Octo=s3://octo, octo/models=https://a.example, *=https://b.example,octo=runs:/")
    assert places_of("Octo/Models", places) == {
        "s3://octo",
        "runs:/",
        "https://a.example",
        "https://b.example",
    }
    assert places_of("octo/other", places) == {"s3://octo", "runs:/", "https://b.example"}
    assert places_of("octopus/models", places) == {"https://b.example"}


@pytest.mark.parametrize(
    "text",
    [
        "octo",
        "=s3://octo",
        "octo=",
        "octo=octo-models",
        "octo=ftp://a",
        "octo=https://u:p@a/",
        "octo=https://a/../b",
        "octo=https://",
        "octo=models:digits",
    ],
)
def test_what_is_no_place_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="expected pairs such as"):
        parse_places(text)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("https://a.example/x", "https://a.example"),
        ("https://A.example:443/x", "https://a.example/"),
        ("https://a.example/m/x", "https://a.example/m"),
        ("https://a.example/m/", "https://a.example/m/"),
        ("http://a.example:8080/x", "http://a.example:8080/"),
        ("s3://bucket/m/x", "s3://bucket/m"),
        ("models:/digits", "models:/"),
        ("models:/digits", "models:/digits"),
        ("runs:/0123", "runs:/"),
    ],
)
def test_what_is_within_a_place(address: str, place: str) -> None:
    assert is_within(address, [place])


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("https://a.example.evil/x", "https://a.example"),
        ("https://a.example@evil/x", "https://a.example"),
        ("https://a.example:8443/x", "https://a.example"),
        ("http://a.example/x", "https://a.example"),
        ("https://a.example/mm/x", "https://a.example/m"),
        ("https://a.example/M/x", "https://a.example/m"),
        ("https://a.example/m/../x", "https://a.example/m"),
        ("https://a.example/m/%2e%2E/x", "https://a.example/m"),
        ("https://a.example/m/..%2fx", "https://a.example/m"),
        ("https://a.example/m\\..\\x", "https://a.example/m"),
        ("s3://bucket2/m", "s3://bucket"),
        ("models:/digits-2", "models:/digits"),
    ],
)
def test_what_is_outside_of_it(address: str, place: str) -> None:
    assert not is_within(address, [place])


def test_networks_are_single_addresses_too() -> None:
    assert [str(one) for one in parse_networks("10.20.0.0/16, ::1,")] == ["10.20.0.0/16", "::1/128"]
    with pytest.raises(ValueError, match="host bits"):
        parse_networks("10.20.0.1/16")
