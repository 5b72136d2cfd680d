"""What proves a value: checksums, reserved ranges and issuers' rules, by the name the tables give them."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import cache
from importlib import import_module

from bot.datasets.kinds.evidence import Evidence
from bot.datasets.kinds.phones import check_phone

Check = Callable[[bytes], Evidence]
"""Judge a value, given in UTF-8; never raises."""

_SEPARATORS = b" -./"
_EXAMPLE_DOMAINS = (b"example", b"test", b"invalid", b"localhost", b"local", b"localdomain")
_EXAMPLE_HOSTS = (b"example.com", b"example.net", b"example.org")
_FILE_ENDINGS = frozenset(b"png jpg jpeg gif svg webp css js html htm json yml yaml txt pdf csv xml".split())
_ROLES = frozenset(
    b"noreply no-reply donotreply do-not-reply info support admin webmaster postmaster hostmaster abuse "
    b"contact sales help office hello security press git mailer-daemon root".split()
)


def check_email(value: bytes) -> Evidence:
    """Turn down names kept for examples, file names, and the addresses of roles, which are no person's."""
    local, _, domain = value.lower().rpartition(b"@")
    labels = domain.split(b".")
    ending = labels[-1]
    if len(labels) < 2 or not ending.isalpha() or len(ending) < 2 or b"" in labels or b".." in local:
        return Evidence.NOTHING
    if (
        ending in _EXAMPLE_DOMAINS
        or domain.endswith(_EXAMPLE_HOSTS)
        or ending in _FILE_ENDINGS
        or local.endswith(b".")
    ):
        return Evidence.NOTHING
    return Evidence.VALID


def check_ip(value: bytes) -> Evidence:
    """Accept the addresses that a machine on the internet can have."""
    try:
        address = ipaddress.ip_address(value.decode())
    except ValueError:
        return Evidence.NOTHING
    if not address.is_global or address.is_multicast:
        return Evidence.NOTHING
    # four small numbers are more often a version than an address
    if address.version == 4 and all(len(part) == 1 for part in value.split(b".")):
        return Evidence.BROKEN
    return Evidence.VALID


def check_mac(value: bytes) -> Evidence:
    """Turn down addresses that no device has: all alike, or for many receivers."""
    digits = value.translate(None, b":-.").lower()
    if len(set(digits)) < 3 or int(digits[:2], 16) & 1:
        return Evidence.NOTHING
    return Evidence.VALID


def check_luhn(value: bytes) -> Evidence:
    """Check the last digit as ISO/IEC 7812-1 Annex B says; a number of one repeated digit proves nothing."""
    digits = value.translate(None, _SEPARATORS)
    if len(set(digits)) < 2:
        return Evidence.NOTHING
    return Evidence.VALID if _luhn(digits) else Evidence.BROKEN


def check_card(value: bytes) -> Evidence:
    """Check issuer, length and check digit."""
    digits = value.translate(None, _SEPARATORS)
    if len(set(digits)) < 2:
        return Evidence.NOTHING
    if not _luhn(digits) or len(digits) not in _card_lengths(digits):
        return Evidence.BROKEN
    return Evidence.VALID


def check_iban(value: bytes) -> Evidence:
    """Check the country, its length and the remainder modulo 97, however the letters are written."""
    compact = value.replace(b" ", b"").upper()
    length = _iban_lengths().get(compact[:2])
    if length is None or len(compact) < length:
        return Evidence.NOTHING
    if len(compact) > length:
        return Evidence.NOTHING
    number = "".join(str(int(chr(byte), 36)) for byte in compact[4:] + compact[:4])
    return Evidence.VALID if int(number) % 97 == 1 else Evidence.BROKEN


def check_ssn(value: bytes) -> Evidence:
    """Turn down what was never given."""
    digits = value.translate(None, _SEPARATORS)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    if digits in (b"123456789", b"078051120", b"219099999") or len(set(digits)) == 1:
        return Evidence.NOTHING
    if area in (b"000", b"666") or area >= b"900" or group == b"00" or serial == b"0000":
        return Evidence.BROKEN
    return Evidence.VALID


def check_imei(value: bytes) -> Evidence:
    """Check the last digit of an IMEI."""
    return check_luhn(value)


def _luhn(digits: bytes) -> bool:
    values = [digit - 48 for digit in digits]
    doubled = (2 * value - 9 * (value > 4) for value in values[-2::-2])
    return (sum(values[-1::-2]) + sum(doubled)) % 10 == 0


def _card_lengths(digits: bytes) -> tuple[int, ...]:
    """Give the lengths of the issuer's cards, by the first digits (ISO/IEC 7812 registrations)."""
    two, four = int(digits[:2]), int(digits[:4])
    if digits[:1] == b"4":
        return (13, 16, 19)
    if 51 <= two <= 55 or 2221 <= four <= 2720:
        return (16,)
    if two in (34, 37):
        return (15,)
    if two in (36, 38, 39) or 3000 <= four <= 3059:
        return (14, 16, 19)
    if 3528 <= four <= 3589:
        return (16, 17, 18, 19)
    if four in (1800, 2131):
        return (15,)
    if four == 6011 or two in (62, 64, 65, 81) or 6440 <= four <= 6599:
        return (16, 17, 18, 19)
    if two in (50, 56, 57, 58, 61, 63, 66, 67, 68, 69):
        return (12, 13, 14, 15, 16, 17, 18, 19)
    return ()


@cache
def _iban_lengths() -> dict[bytes, int]:
    numbers = import_module("stdnum.numdb").get("iban")
    lengths = {}
    for letters in (a + b for a in map(chr, range(65, 91)) for b in map(chr, range(65, 91))):
        info = numbers.info(letters)[0][1]
        if "bban" in info:
            spec = info["bban"]
            lengths[letters.encode()] = 4 + sum(
                int("".join(filter(str.isdigit, part))) for part in spec.split("!")[:-1]
            )
    return lengths


def _stdnum(module: str) -> Check:
    """Make a check of a module of python-stdnum, which strips the separators itself."""
    is_valid: Callable[[str], bool] = import_module(f"stdnum.{module}").is_valid

    def check(value: bytes) -> Evidence:
        return Evidence.VALID if is_valid(value.decode("ascii", "replace")) else Evidence.BROKEN

    return check


CHECKS: dict[str, Check] = {
    "card": check_card,
    "email": check_email,
    "iban": check_iban,
    "imei": check_imei,
    "ip": check_ip,
    "luhn": check_luhn,
    "mac": check_mac,
    "phone": check_phone,
    "ssn": check_ssn,
}


@cache
def check_named(name: str) -> Check:
    """Find a check by the name a table gives it. Raises KeyError or ModuleNotFoundError."""
    if name.startswith("stdnum:"):
        return _stdnum(name.removeprefix("stdnum:"))
    return CHECKS[name]
