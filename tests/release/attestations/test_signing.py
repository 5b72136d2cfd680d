import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st
from model_signing import hashing, verifying

from bot.hub.errors import HubRefused
from bot.release.attestations.signature import BadSignature, check, read_public_key, signed_files
from bot.release.attestations.signing import KeyFile, sign, why_unsigned, with_key
from bot.release.files import inspect_folder
from tests.release.attestations.keys import make_keys


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "model"
    (made / "sub").mkdir(parents=True)
    (made / "a.json").write_text("{}")
    (made / "sub/b.txt").write_text("b")
    (made / ".gitattributes").write_text("not published")
    return made


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()])
def test_a_signature_covers_exactly_the_files_of_the_release(
    folder: Path, tmp_path: Path, curve: ec.EllipticCurve
) -> None:
    files = inspect_folder(folder).files
    private, public = make_keys(tmp_path, curve)
    signed = check(sign(folder, files, KeyFile(private)).text, read_public_key(public.read_bytes()))
    assert signed == {file.path: file.sha256 for file in files}


def test_the_package_itself_accepts_the_signature_and_refuses_a_changed_file(
    folder: Path, tmp_path: Path
) -> None:
    private, public = make_keys(tmp_path)
    (folder / "model.sig").write_text(sign(folder, inspect_folder(folder).files, KeyFile(private)).text)
    ignored = hashing.Config().set_ignored_paths(paths=["model.sig"])  # type: ignore[no-untyped-call]  # as in signing.py
    verifier = verifying.Config().set_hashing_config(ignored)  # type: ignore[no-untyped-call]  # as in signing.py
    verifier = verifier.use_elliptic_key_verifier(public_key=public)
    verifier.verify(folder, folder / "model.sig")
    (folder / "a.json").write_text("{ }")
    with pytest.raises(ValueError, match=r"a\.json"):
        verifier.verify(folder, folder / "model.sig")


def test_another_key_and_a_changed_signature_are_refused(folder: Path, tmp_path: Path) -> None:
    private, public = make_keys(tmp_path)
    text = sign(folder, inspect_folder(folder).files, KeyFile(private)).text
    other = tmp_path / "other"
    other.mkdir()
    _, theirs = make_keys(other)
    with pytest.raises(BadSignature, match="not made with this key"):
        check(text, read_public_key(theirs.read_bytes()))
    bundle = json.loads(text)
    bundle["dsseEnvelope"]["payload"] = bundle["dsseEnvelope"]["payload"][::-1]
    with pytest.raises(BadSignature):
        check(json.dumps(bundle), read_public_key(public.read_bytes()))


def test_files_that_are_others_than_approved_are_not_signed(folder: Path, tmp_path: Path) -> None:
    private, _ = make_keys(tmp_path)
    files = inspect_folder(folder).files
    (folder / "a.json").write_text("{ }")
    with pytest.raises(HubRefused, match="changed while they were signed"):
        sign(folder, files, KeyFile(private))


def test_a_key_that_cannot_be_used_refuses_the_release_and_is_not_quoted(
    folder: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_bytes(
        rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    for content in (wrong.read_bytes(), b"MII secret words"):
        wrong.write_bytes(content)
        with pytest.raises(HubRefused, match="signing key cannot be used") as raised:
            sign(folder, inspect_folder(folder).files, KeyFile(wrong))
        assert "secret" not in str(raised.value)
    with pytest.raises(HubRefused, match="signing key cannot be used"):
        sign(folder, inspect_folder(folder).files, KeyFile(tmp_path / "none.pem"))


def test_why_a_release_is_not_signed_is_said(tmp_path: Path) -> None:
    assert why_unsigned(with_key(None)) == "no signing key is set"
    assert why_unsigned(with_key(tmp_path)) == ""


@pytest.mark.parametrize("text", [b"", b"x", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_what_is_no_public_key_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="it holds no"):
        read_public_key(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.text() | JSON.map(json.dumps))
def test_no_text_whatever_is_taken_for_a_signature(text: str) -> None:
    with pytest.raises(BadSignature):
        signed_files(text)
