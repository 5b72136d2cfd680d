from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.numdb import get

from bot.datasets.kinds import Kind, known_kinds
from bot.datasets.linear import WHOLE, compiled, is_in


def test_the_hint_of_an_iban_knows_every_country(kind: Callable[[str], Kind]) -> None:
    iban = get("iban")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    countries = [one + two for one in letters for two in letters if "bban" in iban.info(one + two)[0][1]]
    hint = compiled(kind("iban_code").hint or "")
    assert len(countries) > 80
    assert all(is_in(hint, f"{country}12 3456".encode()) for country in countries)
    assert not is_in(hint, b"QQ12 3456")


BASE_58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


@given(version=st.sampled_from([0, 5]), zeros=st.integers(0, 8), rest=st.binary(min_size=24, max_size=24))
def test_the_shape_of_a_bitcoin_address_holds_all_of_25_bytes(
    kind: Callable[[str], Kind], version: int, zeros: int, rest: bytes
) -> None:
    data = bytes([version]) + (bytes(zeros) + b"\1" + rest)[:24]
    number, digits = int.from_bytes(data), ""
    while number:
        number, digit = divmod(number, 58)
        digits = BASE_58[digit] + digits
    address = "1" * (len(data) - len(data.lstrip(b"\0"))) + digits
    shape = compiled(kind("crypto_address").pattern)
    assert shape.Match(WHOLE, address.encode(), 0, len(address))[0] == (0, len(address))


@pytest.fixture(scope="module")
def kind() -> Callable[[str], Kind]:
    return lambda name: next(one for one in known_kinds() if one.name == name)
