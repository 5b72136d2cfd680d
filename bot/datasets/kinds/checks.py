"""What proves a value: checksums, reserved ranges and issuers' rules, by their names in the tables."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.resources import files

from stdnum import bitcoin

from bot.datasets.kinds import national_checks as national
from bot.datasets.kinds.evidence import BROKEN, NOTHING, VALID, WEAK, Evidence
from bot.datasets.kinds.national_checks import compact, luhn
from bot.datasets.kinds.phones import check_north_american_phone, check_phone
from bot.datasets.linear import Pattern, compiled, is_in

Check = Callable[[bytes], Evidence]
"""Judge a value that has the shape of a kind, given in UTF-8; never raises."""

_STDNUM = re.compile(r"stdnum:[a-z0-9_]+(?:\.[a-z0-9_]+)?")
_EXAMPLE_ADDRESSES = (
    *(b".example", b".test", b".invalid", b".localhost", b".local"),
    *(mark + domain for mark in (b"@", b".") for domain in (b"example.com", b"example.net", b"example.org")),
)
_REMOTES = frozenset((b"git", b"hg"))
"""Local parts of what looks like an address and is a place to clone from, ``git@host:path``."""
_PARTLY_RESERVED = frozenset((b"100", b"169", b"172", b"192", b"198", b"203"))
"""First parts of addresses that IANA's registry of special-purpose IPv4 addresses may hold."""
_BASE_58 = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_IN_DIGITS = {code: b"%d" % int(chr(code), 36) for code in b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_ROLES = frozenset(
    b"noreply no-reply no_reply donotreply do-not-reply mailer-daemon info support admin administrator "
    b"webmaster postmaster hostmaster root abuse noc www ftp usenet security sales marketing billing jobs "
    b"careers help helpdesk office hello press service privacy legal news newsletter notifications team "
    b"feedback enquiries".split()
)
_EXAMPLES = (
    r"(?i)example|sample|placeholder|change_?me|your[_\-]?|dummy|redacted|x{5}|\*{3}"
    r"|1234567|abcdefg|<|\$\{|\{\{"
)
_PLAIN_PASSWORDS = frozenset(
    (b"password", b"passwd", b"pass", b"pwd", b"secret", b"user", b"postgres", b"root", b"admin", b"test")
)


def check_email(value: bytes) -> Evidence:
    """Turn down file names; names kept for examples are nobody's, and a role's is hardly a person's."""
    address = value.lower()
    local, _, domain = address.rpartition(b"@")
    _, dot, ending = domain.rpartition(b".")
    if not dot or b".." in address or local[-1:] == b".":
        return NOTHING
    if address.endswith(_EXAMPLE_ADDRESSES):
        return BROKEN
    if (ending not in _top_level_domains() and not ending.startswith(b"xn--")) or local in _REMOTES:
        return NOTHING
    return WEAK if local in _ROLES else VALID


def check_ipv4(value: bytes) -> Evidence:
    """Accept what a machine on the internet can have; four single digits are rather a version."""
    if value[: value.index(b".")] in _PARTLY_RESERVED and not ipaddress.IPv4Address(value.decode()).is_global:
        return NOTHING
    return BROKEN if len(value) == 7 else VALID


def check_ipv6(value: bytes) -> Evidence:
    """Accept what a machine on the internet can have; with few groups, names of code are written alike."""
    if value.count(b":") < 4 or value.translate(None, b":abcdefABCDEF") == b"":
        return NOTHING
    try:
        address = ipaddress.IPv6Address(value.decode())
    except ValueError:
        return NOTHING
    return VALID if address.is_global and not address.is_multicast else NOTHING


def check_mac(value: bytes) -> Evidence:
    """Turn down what no device has: digits all alike, addresses of groups, longer fingerprints."""
    digits = value.translate(None, b":-.").lower()
    if len(digits) != 12:
        return NOTHING
    return NOTHING if len(set(digits)) < 3 or int(digits[:2], 16) & 1 else VALID


def check_luhn(value: bytes) -> Evidence:
    """Check the last digit as ISO/IEC 7812-1 says; one repeated digit proves nothing."""
    digits = compact(value)
    if len(set(digits)) < 2:
        return NOTHING
    return VALID if luhn(digits) else BROKEN


def check_card(value: bytes) -> Evidence:
    """Check issuer, length and check digit."""
    digits = compact(value)
    if len(set(digits)) < 2:
        return NOTHING
    return VALID if len(digits) in _card_lengths(digits[:4]) and luhn(digits) else BROKEN


def check_iban(value: bytes) -> Evidence:
    """Check the country, its length and the remainder modulo 97, however the letters are written."""
    letters = value.replace(b" ", b"").upper()
    if len(letters) != _iban_lengths().get(letters[:2]):
        return NOTHING
    number = int(b"".join(map(_IN_DIGITS.__getitem__, letters[4:] + letters[:4])))
    return VALID if number % 97 == 1 else BROKEN


def check_bitcoin(value: bytes) -> Evidence:
    """Check what Base58Check or Bech32 ends with; a hash is soon told from an address."""
    if not value.startswith(b"bc1"):
        number = 0
        for digit in value:
            number = 58 * number + _BASE_58.index(digit)
        if number.bit_length() > 8 * 25:
            return NOTHING
        said = number.to_bytes(25)
        if sha256(sha256(said[:21]).digest()).digest()[:4] != said[21:]:
            return BROKEN
    return VALID if bitcoin.is_valid(value.decode()) else BROKEN


def check_date(value: bytes) -> Evidence:
    """Accept dates in any order of day, month and year."""
    numbers = [
        int(part) for part in value.translate(bytes.maketrans(b"-/.,", b"    ")).split() if part.isdigit()
    ]
    if len(numbers) < 3:
        return VALID  # the month is a word
    first, second, last = numbers
    day_and_month = (second, last) if first > 31 else (first, second)
    plausible = 1 <= min(day_and_month) <= 12 and 1 <= max(day_and_month) <= 31
    return VALID if plausible else NOTHING


def check_coordinates(value: bytes) -> Evidence:
    """Accept a latitude and a longitude."""
    latitude, longitude = (
        abs(float(part.strip(" NSEW+-°"))) for part in value.decode("utf-8", "replace").split(",")
    )
    return VALID if latitude <= 90 and longitude <= 180 and latitude + longitude else NOTHING


def check_letters_and_digits(value: bytes) -> Evidence:
    """Accept a code of both letters and digits."""
    code = compact(value)
    return NOTHING if code.isdigit() or code.isalpha() else VALID


def check_random(value: bytes) -> Evidence:
    """Turn down what stands in a secret's place: examples, placeholders and repeated characters."""
    return NOTHING if len(set(value)) < 10 else check_no_example(value)


def check_no_example(value: bytes) -> Evidence:
    """Turn down examples and placeholders."""
    secret = value.rpartition(b"@")[0].rpartition(b":")[2]
    return NOTHING if is_in(_examples(), value) or secret.lower() in _PLAIN_PASSWORDS else VALID


CHECKS: dict[str, Check] = {
    "australian_medicare": national.check_australian_medicare,
    "card": check_card,
    "coordinates": check_coordinates,
    "date": check_date,
    "dea": national.check_dea,
    "email": check_email,
    "hong_kong": national.check_hong_kong,
    "hungarian_tax": national.check_hungarian_tax,
    "iban": check_iban,
    "bitcoin": check_bitcoin,
    "ipv4": check_ipv4,
    "ipv6": check_ipv6,
    "letters_and_digits": check_letters_and_digits,
    "luhn": check_luhn,
    "mac": check_mac,
    "nino": national.check_nino,
    "no_example": check_no_example,
    "npi": national.check_npi,
    "north_american_phone": check_north_american_phone,
    "phone": check_phone,
    "random": check_random,
    "singapore": national.check_singapore,
    "snils": national.check_snils,
    "ssn": national.check_ssn,
    "taiwan": national.check_taiwan,
    "vin": national.check_vin,
}


@cache
def check_named(name: str) -> Check:
    """Find a check by the name a table gives it. Raises KeyError, or ModuleNotFoundError for ``stdnum:``."""
    if name.startswith("stdnum:"):
        return _stdnum(name.removeprefix("stdnum:"))
    return CHECKS[name]


def is_known(name: str) -> bool:
    """Say whether there is a check of this name."""
    if not _STDNUM.fullmatch(name):
        return name in CHECKS
    try:
        check_named(name)
    except (ModuleNotFoundError, AttributeError):
        return False
    return True


def _stdnum(module: str) -> Check:
    """Make a check of a module of python-stdnum, which leaves separators out itself."""
    is_valid: Callable[[str], bool] = import_module(f"stdnum.{module}").is_valid

    def check(value: bytes) -> Evidence:
        if len(set(compact(value))) < 2:
            return NOTHING
        return VALID if is_valid(value.decode("utf-8", "replace")) else BROKEN

    return check


@cache
def _card_lengths(first_four: bytes) -> tuple[int, ...]:
    """Give the lengths of an issuer's cards by their first digits, as registered under ISO/IEC 7812."""
    two, four = int(first_four[:2]), int(first_four)
    for first, last, value, lengths in (
        (40, 49, two, (13, 16, 19)),  # Visa
        (51, 55, two, (16,)),  # Mastercard
        (2221, 2720, four, (16,)),  # Mastercard
        (34, 34, two, (15,)),  # American Express
        (37, 37, two, (15,)),
        (36, 36, two, (14, 16, 17, 18, 19)),  # Diners Club
        (38, 39, two, (14, 16, 17, 18, 19)),
        (3000, 3059, four, (14, 16, 17, 18, 19)),
        (3528, 3589, four, (16, 17, 18, 19)),  # JCB
        (1800, 1800, four, (15,)),
        (2131, 2131, four, (15,)),
        (6011, 6011, four, (16, 17, 18, 19)),  # Discover
        (62, 62, two, (16, 17, 18, 19)),  # UnionPay
        (64, 65, two, (16, 17, 18, 19)),  # Discover
        (81, 81, two, (16, 17, 18, 19)),
        (50, 50, two, range(12, 20)),  # Maestro
        (56, 69, two, range(12, 20)),
    ):
        if first <= value <= last:
            return tuple(lengths)
    return ()


@cache
def _examples() -> Pattern:
    return compiled(_EXAMPLES)


@cache
def _top_level_domains() -> frozenset[bytes]:
    lines = files("bot.datasets.kinds").joinpath("tlds.txt").read_bytes().split(b"\n")
    return frozenset(line for line in lines if line and not line.startswith(b"#"))


@cache
def _iban_lengths() -> dict[bytes, int]:
    """Give the length of each country's accounts, from the registry that python-stdnum carries."""
    registry = import_module("stdnum.numdb").get("iban")
    letters = [chr(code) for code in range(ord("A"), ord("Z") + 1)]
    lengths = {}
    for country in (first + second for first in letters for second in letters):
        known = registry.info(country)[0][1]
        if "bban" in known:
            parts = known["bban"].split("!")[:-1]
            lengths[country.encode()] = 4 + sum(int("".join(filter(str.isdigit, part))) for part in parts)
    return lengths
