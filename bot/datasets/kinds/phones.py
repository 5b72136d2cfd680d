"""Telephone numbers, checked against the numbering plans of libphonenumber compiled into RE2."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from bot.datasets.kinds.evidence import BROKEN, NOTHING, VALID, WEAK, Evidence
from bot.datasets.linear import PatternSet, pattern_set

_NOT_DIGITS = bytes(range(256)).translate(None, b"0123456789")
_AS_SPACES = bytes.maketrans(b"-./()+", b"      ")
_EXTENSION = re.compile(rb" ?(?:x|ext\.? ?)\d{1,6}$")


_KEPT_FOR_FICTION = re.compile(
    rb"1?[2-9]\d\d55501\d\d"
    rb"|(?:44|0)(?:(?:11[3-8]|121|131|141|151|161)4960|2079460|2890180|2920180|1632960|1914980|7700900|8081570"
    rb"|9098790|3069990)\d{3}"
)
"""Numbers that nobody has, in digits: of North America 555-0100 to 555-0199 (ATIS-0300115), of the United
Kingdom those of Ofcom's "Telephone numbers for drama use"."""

_LARGEST_OF_32_BITS = (b"2147483647", b"2147483648")
"""What programs count to, and numbers of Dallas as well."""

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
    extension = _EXTENSION.search(value) if b"x" in value else None
    shortened = value[: extension.start()] if extension else value
    if shortened[:1] == b"(" and b")" not in shortened:
        shortened = shortened[1:]  # it stands in brackets
    digits = shortened.translate(None, _NOT_DIGITS)
    if _KEPT_FOR_FICTION.fullmatch(digits):
        return WEAK
    if (
        digits in _LARGEST_OF_32_BITS
        or not 7 <= len(digits) <= 15
        or not _is_grouped_like_a_number(shortened)
    ):
        return NOTHING
    if shortened.startswith((b"+", b"(+", b"00")):
        number = shortened.replace(b"(0)", b"").translate(None, _NOT_DIGITS).removeprefix(b"00")
        return VALID if _is_international(number) else BROKEN
    return VALID if _plans().national.Match(digits) else BROKEN


def check_north_american_phone(value: bytes) -> Evidence:
    """Judge a number that is grouped as North America does, by its area and exchange codes."""
    digits = value[:14].translate(None, _NOT_DIGITS)
    number = digits[digits[:1] == b"1" :][:10]
    if _KEPT_FOR_FICTION.fullmatch(number):
        return WEAK
    return VALID if _plans().by_code[b"1"].Match(number) else BROKEN


def _is_grouped_like_a_number(value: bytes) -> bool:
    """Turn down dates, decimals and sums: the groups of a number are mostly set apart by one character."""
    separators = value.translate(None, b"0123456789+()")
    if not separators:
        return value.count(b"(") == value.count(b")")
    kinds = len(set(separators))
    groups = value.translate(_AS_SPACES).split()
    if kinds > 2 or len(groups) > 7 or value.count(b"(") != value.count(b")"):
        return False
    if (b"/" in separators and kinds > 1) or (b"." in separators and len(groups) == 2):
        return False
    sizes = tuple(map(len, groups))
    if sizes[:3] == (4, 2, 2) and groups[0][:2] in (b"19", b"20"):
        return False
    return max(sizes) >= 2


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
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # it takes a while to load

    by_code: dict[bytes, PatternSet] = {}
    dialled: list[str] = []
    for code, regions in COUNTRY_CODE_TO_REGION_CODE.items():
        numbers = [(region, _numbers(code, region)) for region in regions]
        by_code[str(code).encode()] = pattern_set((one for _, (_, one) in numbers if one), whole=True)
        dialled += [
            f"(?:{trunk})?(?:{one})" for region, (trunk, one) in numbers if one and region != _NOWHERE
        ]
    return _Plans(by_code, pattern_set(dialled, whole=True))


def _numbers(code: int, region: str) -> tuple[str, str]:
    """Give the trunk prefix of a region, and a pattern of the numbers that its plan has."""
    from phonenumbers.phonemetadata import PhoneMetadata

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
