"""Check digits of numbers that python-stdnum does not know, each as its issuer defines it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.datasets.kinds.evidence import BROKEN, NOTHING, VALID, Evidence

_SEPARATORS = b" -./()"
_VALUES = bytes.maketrans(b"0123456789", bytes(range(10)))
_DOUBLED = bytes.maketrans(b"0123456789", bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))
_NEVER_GIVEN_SSN = (b"078051120", b"219099999")
_NEVER_GIVEN_NINO = (b"BG", b"GB", b"NK", b"KN", b"TN", b"NT", b"ZZ")
_TAIWAN = b"ABCDEFGHJKLMNPQRSTUVXYWZIO"
"""Letters of the places of registration, in the order of their codes from 10."""
_SINGAPORE = {b"S": b"JZIHGFEDCBA", b"F": b"XWUTRQPNMLK", b"M": b"XWUTRQPNJLK"}
_VIN_VALUES = dict(
    zip(b"ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, *range(2, 10)), strict=True)
)
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def luhn(digits: bytes) -> bool:
    """Check the last digit as ISO/IEC 7812-1 annex B says."""
    return (sum(digits[-1::-2].translate(_VALUES)) + sum(digits[-2::-2].translate(_DOUBLED))) % 10 == 0


def check_ssn(value: bytes) -> Evidence:
    """Turn down areas, groups and serial numbers that were never given, and the well-known examples."""
    digits = compact(value)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    if digits in _NEVER_GIVEN_SSN or len(set(digits)) == 1:
        return NOTHING
    given = area not in (b"000", b"666") and area < b"900" and group != b"00" and serial != b"0000"
    return _judged(given)


def check_nino(value: bytes) -> Evidence:
    """Turn down prefixes that are never given."""
    return NOTHING if compact(value)[:2] in _NEVER_GIVEN_NINO else VALID


def check_snils(value: bytes) -> Evidence:
    """Check the last two digits of a Russian insurance number."""
    digits = compact(value)
    return _judged(_weighed(digits[:9], range(9, 0, -1)) % 101 % 100 == int(digits[9:]))


def check_hungarian_tax(value: bytes) -> Evidence:
    """Check the last digit of a Hungarian tax number, modulo 11."""
    digits = compact(value)
    return _judged(_weighed(digits[:9], range(1, 10)) % 11 == digits[9] - 48)


def check_singapore(value: bytes) -> Evidence:
    """Check the letter at the end of an NRIC or FIN."""
    first, digits, last = value[:1], value[1:8], value[8]
    total = _weighed(digits, (2, 7, 6, 5, 4, 3, 2)) + {b"T": 4, b"G": 4, b"M": 3}.get(first, 0)
    letters = _SINGAPORE[{b"T": b"S", b"G": b"F"}.get(first, first)]
    return _judged(letters[total % 11] == last)


def check_hong_kong(value: bytes) -> Evidence:
    """Check the digit in brackets of a Hong Kong identity card."""
    characters = compact(value).rjust(9)
    values = [36 if one == 32 else int(chr(one), 36) for one in characters]
    return _judged(sum(one * weight for one, weight in zip(values, range(9, 0, -1), strict=True)) % 11 == 0)


def check_taiwan(value: bytes) -> Evidence:
    """Check the last digit of a Taiwanese identity number."""
    place = _TAIWAN.index(value[0]) + 10
    digits = b"%d%s" % (place, value[1:])
    return _judged(_weighed(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)) % 10 == 0)


def check_australian_medicare(value: bytes) -> Evidence:
    """Check the ninth digit of a Medicare card."""
    digits = compact(value)
    return _judged(_weighed(digits[:8], (1, 3, 7, 9, 1, 3, 7, 9)) % 10 == digits[8] - 48)


def check_npi(value: bytes) -> Evidence:
    """Check the last digit of a provider identifier, with the prefix of health cards in the United States."""
    return _judged(luhn(b"80840" + value))


def check_dea(value: bytes) -> Evidence:
    """Check the last digit of a DEA registration."""
    digits = value[-7:]
    return _judged(_weighed(digits[:6], (1, 2, 1, 2, 1, 2)) % 10 == digits[6] - 48)


def check_vin(value: bytes) -> Evidence:
    """Check the ninth character; outside North America it need not be a check digit."""
    values = [_VIN_VALUES[one] if one > 57 else one - 48 for one in value]
    if value.isdigit() or value.isalpha() or len(set(value)) < 6:
        return NOTHING
    rest = sum(one * weight for one, weight in zip(values, _VIN_WEIGHTS, strict=True)) % 11
    return _judged(value[8:9] == (b"X" if rest == 10 else b"%d" % rest))


def compact(value: bytes) -> bytes:
    """Leave out what separates the groups of a number."""
    return value.translate(None, _SEPARATORS)


def _weighed(digits: bytes, weights: Sequence[int]) -> int:
    return sum((digit - 48) * weight for digit, weight in zip(digits, weights, strict=True))


def _judged(passes: bool) -> Evidence:
    return VALID if passes else BROKEN
