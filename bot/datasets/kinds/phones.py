"""Telephone numbers, checked against the numbering plans of libphonenumber compiled into RE2."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

import phonenumbers
from phonenumbers.phonemetadata import PhoneMetadata

from bot.datasets.kinds.evidence import Evidence
from bot.datasets.linear import PatternSet, pattern_set

_DIGITS = bytes(range(256)).translate(None, b"0123456789")
_EXTENSION = re.compile(rb" ?(?:x|ext\.? ?)\d{1,6}$")


_NOWHERE = "001"
"""The region of calling codes that belong to no country."""


class _Plans(NamedTuple):
    by_code: dict[bytes, PatternSet]
    """Which national numbers each country calling code has."""
    national: PatternSet
    """Numbers as they are dialled within some country, with its trunk prefix."""


def check_phone(value: bytes) -> Evidence:
    """Judge a number by its digits and by how they are grouped.

    A number with its country's calling code that its numbering plan has, and one with the area code in
    brackets, are proven; other numbers of some plan are valid, and need a word around them.
    """
    shortened = value
    if extension := _EXTENSION.search(value):
        shortened = value[: extension.start()]
    digits = shortened.translate(None, _DIGITS)
    if not 7 <= len(digits) <= 15 or not _is_grouped_like_a_number(shortened, len(digits)):
        return Evidence.NOTHING
    if shortened.startswith((b"+", b"00")):
        number = shortened.replace(b"(0)", b"").translate(None, _DIGITS).removeprefix(b"00")
        return Evidence.VALID if _is_international(number) else Evidence.BROKEN
    return Evidence.VALID if _plans().national.Match(digits) else Evidence.BROKEN


def _is_grouped_like_a_number(value: bytes, digits: int) -> bool:
    """Turn down dates, decimals and sums: what separates the groups of a number is mostly the same."""
    if value.count(b"(") != value.count(b")"):
        return False
    separators = set(value.translate(None, b"0123456789+()"))
    if len(separators) > 2 or (ord("/") in separators and len(separators) > 1):
        return False
    groups = value.translate(bytes.maketrans(b"-./()+", b"      ")).split()
    if ord(".") in separators and len(groups) == 2:
        return False
    if (
        len(groups) >= 3
        and len(groups[0]) == 4
        and len(groups[1]) == len(groups[2]) == 2
        and groups[0][:2] in (b"19", b"20")
    ):
        return False
    return len(groups) <= 7 and (len(groups) == 1 or max(map(len, groups)) >= 2)


def _is_international(number: bytes) -> bool:
    plans = _plans().by_code
    for length in (1, 2, 3):
        if plan := plans.get(number[:length]):
            return bool(
                plan.Match(number[length:])
                or (number[length : length + 1] == b"0" and plan.Match(number[length + 1 :]))
            )
    return False


@cache
def _plans() -> _Plans:
    by_code: dict[bytes, PatternSet] = {}
    dialled: list[str] = []
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        numbers = [(region, _numbers(code, region)) for region in regions]
        by_code[str(code).encode()] = pattern_set((one for _, (_, one) in numbers if one), whole=True)
        dialled += [
            f"(?:{trunk})?(?:{one})" for region, (trunk, one) in numbers if one and region != _NOWHERE
        ]
    return _Plans(by_code, pattern_set(dialled, whole=True))


def _numbers(code: int, region: str) -> tuple[str, str]:
    """Give the trunk prefix of a region, and a pattern of the numbers that its plan has."""
    metadata = (
        PhoneMetadata.metadata_for_nongeo_region(code, None)
        if region == _NOWHERE
        else PhoneMetadata.metadata_for_region(region, None)
    )
    if metadata is None:
        return "", ""
    uses = (
        metadata.fixed_line,
        metadata.mobile,
        metadata.toll_free,
        metadata.premium_rate,
        metadata.shared_cost,
        metadata.personal_number,
        metadata.voip,
        metadata.uan,
        metadata.pager,
    )
    patterns = [use.national_number_pattern for use in uses if use and use.national_number_pattern]
    return metadata.national_prefix or "", "|".join(patterns)
