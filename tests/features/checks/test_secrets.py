from __future__ import annotations

import random
import string

import pytest

from bot.features.checks.secrets import find_secrets, judge
from bot.features.checks.section import ChecksSection
from bot.features.checks.verdict import Verdict
from bot.reads import ChangedFile
from tests.features.checks.changes import adding, change

DRAWN = random.Random(7)
LETTERS = string.ascii_letters
ALPHANUMERIC = LETTERS + string.digits
HEX = "0123456789abcdef"


def drawn(length: int, alphabet: str = ALPHANUMERIC) -> str:
    """Draw at random, so that no scanner of this repository takes a test for a leak."""
    return "".join(DRAWN.choices(alphabet, k=length))


BASE64 = drawn(64, ALPHANUMERIC + "+/")
TOKENS = {
    "a Hugging Face token": "hf" + "_" + drawn(34, LETTERS),
    "a GitHub token": "gh" + "p_" + drawn(36),
    "a fine-grained GitHub token": "github" + "_pat_" + drawn(22) + "_" + drawn(59),
    "a GitLab token": "gl" + "pat-" + drawn(20),
    "an AWS access key": "AK" + "IA" + drawn(16, "BCDFGHJKLMNPQRSTVWXZ234567"),
    "a Google API key": "AI" + "za" + drawn(35),
    "an OpenAI key": "sk" + "-proj-" + drawn(40) + "T3Blbk" + "FJ" + drawn(40),
    "an Anthropic key": "sk" + "-ant-api03-" + drawn(93) + "AA",
    "a Groq key": "gs" + "k_" + drawn(52),
    "a Replicate token": "r8" + "_" + drawn(37),
    "an NVIDIA API key": "nv" + "api-" + drawn(64),
    "an xAI key": "xa" + "i-" + drawn(80),
    "a Perplexity key": "pp" + "lx-" + drawn(48),
    "a Weights & Biases key": "WANDB" + '_API_KEY="' + drawn(40, HEX),
    "a LangSmith key": "ls" + "v2_pt_" + drawn(32, HEX) + "_" + drawn(10, HEX),
    "a Databricks token": "da" + "pi" + drawn(32, HEX),
    "a PyPI token": "py" + "pi-AgEIcHlwaS5vcmc" + drawn(120),
    "an npm token": "np" + "m_" + drawn(36),
    "a Docker Hub token": "dc" + "kr_pat_" + drawn(27),
    "a Slack token": "xo" + "xb-" + drawn(12, string.digits) + "-" + drawn(24),
    "a Slack webhook": "https://hooks." + "slack.com/services/T0" + "A1B2C3D4/B" + "9F8E7D6C5/" + drawn(24),
    "a Stripe live key": "sk" + "_live_" + drawn(24),
    "a SendGrid key": "S" + "G." + drawn(22) + "." + drawn(43),
    "a DigitalOcean token": "do" + "p_v1_" + drawn(64, HEX),
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----\\n" + BASE64,
}


def kinds(*lines: str) -> list[tuple[int, str]]:
    (added,) = change(adding("a.py", *lines)).added
    return [(found.line, found.name) for found in find_secrets(added) if not found.is_allowed]


def verdict(*files: ChangedFile, **options: object) -> Verdict:
    return judge(change(*files), ChecksSection.model_validate(options))


@pytest.mark.parametrize("name", TOKENS)
def test_a_token_is_found_by_its_format(name: str) -> None:
    assert kinds("import os", f'token = "{TOKENS[name]}"') == [(12, name)]


@pytest.mark.parametrize("name", TOKENS)
def test_what_was_found_is_never_repeated(name: str) -> None:
    found = verdict(adding("a.py", TOKENS[name]))
    assert not found.passed
    secret = TOKENS[name][-20:]
    assert secret not in found.summary
    assert all(secret not in note.message for note in found.notes)


@pytest.mark.parametrize(
    "line",
    [
        "AKIA" + "IOSFODNN7EXAMPLE",
        "hf_" + "x" * 34,
        "hf_" + "a" * 34,
        "ghp_" + "your0token0here0" * 2 + "abcd",
        "sk-ant-api03-...",
        "sk-...",
        "-----BEGIN PRIVATE KEY-----",
        'if text.startswith("-----BEGIN RSA PRIVATE KEY-----"):',
        'model = AutoModel.from_pretrained("hf-internal-testing/tiny-random-bert")',
        "sha256 = " + "0123456789abcdef" * 4,
        "self.hf_quantizer_configuration_with_a_long_name = None",
        "https://huggingface.co/settings/tokens",
    ],
)
def test_placeholders_and_code_about_tokens_are_no_secrets(line: str) -> None:
    assert kinds(line) == []


def test_a_key_over_many_lines_is_found_where_it_begins() -> None:
    key = ["-----BEGIN OPENSSH " + "PRIVATE KEY-----", BASE64, BASE64]
    assert kinds("x", *key) == [(12, "a private key")]
    assert kinds("x", *(f"        {line}" for line in key)) == [(12, "a private key")]


def test_lines_that_are_removed_or_stay_do_not_count() -> None:
    token = TOKENS["a Hugging Face token"]
    patch = f"@@ -1,2 +1,2 @@\n-{token}\n {token}\n+harmless"
    assert verdict(ChangedFile("a.py", "modified", additions=1, deletions=1, patch=patch)).passed


def test_a_line_that_says_so_is_left_alone_and_counted() -> None:
    found = verdict(adding("a.py", f"{TOKENS['a GitHub token']}  # gitleaks:allow"))
    assert found.passed
    assert "One line says" in found.summary


def test_paths_can_be_left_out() -> None:
    assert verdict(adding("tests/a.py", TOKENS["a GitHub token"]), secrets_except=["tests/"]).passed


def test_text_that_cannot_be_looked_at_does_not_pass() -> None:
    found = verdict(ChangedFile("big.json", "added", additions=90_000))
    assert not found.passed
    assert "`big.json`" in found.summary
    assert verdict(ChangedFile("uv.lock", "added", additions=90_000)).passed


def test_of_many_secrets_the_first_are_marked_and_all_are_counted() -> None:
    found = verdict(*(adding(f"{name}.py", TOKENS["a GitHub token"]) for name in range(30)))
    assert len(found.notes) == 10
    assert "30 added lines" in found.summary
