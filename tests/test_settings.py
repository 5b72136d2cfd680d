from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.settings import Settings, SettingsError, read_settings, web_address

KEY = "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\n"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.variables().values():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIVEBACK_SECRETS", str(tmp_path))


def test_nothing_set_gives_a_sqlite_file_in_the_state_folder_and_the_public_services() -> None:
    settings = read_settings()
    assert settings.database_url == "sqlite:///.giveback/giveback.db"
    assert settings.github_api_url == "https://api.github.com"
    assert settings.github_url == "https://github.com"
    assert settings.hub_endpoint == "https://huggingface.co"
    assert settings.writes_per_minute == 80


def test_the_database_follows_the_state_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIVEBACK_STATE", "/var/lib/giveback")
    assert read_settings().database_url == "sqlite:////var/lib/giveback/giveback.db"


def test_the_names_other_tools_use_are_read_without_a_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@db/giveback")
    monkeypatch.setenv("GITHUB_API_URL", "https://git.example.org/api/v3/")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9000/")
    settings = read_settings()
    assert settings.database_url == "postgresql://me@db/giveback"
    assert settings.github_api_url == "https://git.example.org/api/v3"
    assert settings.github_url == "https://git.example.org"
    assert settings.hub_endpoint == "http://127.0.0.1:9000"


@pytest.mark.parametrize(
    ("api", "web"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://api.octo.ghe.com", "https://octo.ghe.com"),
        ("https://git.example.org/api/v3", "https://git.example.org"),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8001"),
    ],
)
def test_the_pages_are_found_from_the_api(api: str, web: str) -> None:
    assert web_address(api) == web


def test_an_old_and_a_new_webhook_secret_can_stand_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIVEBACK_WEBHOOK_SECRETS", "new, old,")
    assert [one.get_secret_value() for one in read_settings().webhook_secrets] == ["new", "old"]


def test_hub_namespaces_are_read_in_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings().hub_namespaces == {}
    monkeypatch.setenv("GIVEBACK_HUB_NAMESPACES", "octo=octo-ai, acme=acme,")
    assert read_settings().hub_namespaces == {"octo": frozenset({"octo-ai"}), "acme": frozenset({"acme"})}
    monkeypatch.setenv("GIVEBACK_HUB_NAMESPACES", "octo")
    with pytest.raises(SettingsError, match="GIVEBACK_HUB_NAMESPACES: expected pairs"):
        read_settings()


def test_deliveries_are_kept_for_as_long_as_github_may_send_them_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert read_settings().keep_days == 90
    assert [read_settings(keep_days=days).keep_days for days in (0, 8)] == [0, 8]
    monkeypatch.setenv("GIVEBACK_KEEP_DAYS", "7")
    with pytest.raises(SettingsError, match="GIVEBACK_KEEP_DAYS: GitHub redelivers"):
        read_settings()


def test_a_private_key_on_one_line_is_unfolded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIVEBACK_GITHUB_PRIVATE_KEY", KEY.strip().replace("\n", "\\n"))
    assert read_settings().github_private_key == SecretStr(KEY)


def test_a_private_key_is_read_from_the_file_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text(KEY)
    monkeypatch.setenv("GIVEBACK_GITHUB_PRIVATE_KEY_PATH", str(path))
    assert read_settings().github_private_key == SecretStr(KEY)
    path.unlink()
    with pytest.raises(SettingsError, match=r"GIVEBACK_GITHUB_PRIVATE_KEY_PATH.*cannot be read"):
        read_settings()


def test_secrets_are_read_from_files(tmp_path: Path) -> None:
    (tmp_path / "giveback_webhook_secrets").write_text("one,two\n")
    (tmp_path / "GIVEBACK_HUB_TOKEN").write_text("hf_token\n")
    (tmp_path / "database_url").write_text("postgresql://me:word@db/giveback\n")
    settings = read_settings()
    assert [one.get_secret_value() for one in settings.webhook_secrets] == ["one", "two"]
    assert settings.hub_token == SecretStr("hf_token")
    assert settings.database_url == "postgresql://me:word@db/giveback"


def test_no_secret_is_shown() -> None:
    settings = read_settings(
        database_url="postgresql://me:hush@db/x",
        github_private_key="hush",
        webhook_secrets="hush",
        hub_token="hush",
    )
    assert "hush" not in repr(settings)
    assert "hush" not in str(settings)


def test_a_wrong_value_is_named_by_its_variable_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIVEBACK_PORT", "hush")
    monkeypatch.setenv("HF_ENDPOINT", "https://me:hush@example.org")
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert "GIVEBACK_PORT" in str(caught.value)
    assert "HF_ENDPOINT" in str(caught.value)
    assert "hush" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 2, "defaults made from other settings are not to blame"


def test_what_the_service_cannot_do_without_is_listed() -> None:
    everything = ["GIVEBACK_GITHUB_APP_ID", "GIVEBACK_GITHUB_PRIVATE_KEY", "GIVEBACK_WEBHOOK_SECRETS"]
    assert read_settings().missing() == everything
    assert read_settings(github_app_id="1", github_private_key=KEY, webhook_secrets="s").missing() == []


def test_a_worker_keeps_its_name_and_shares_it_with_no_other_folder(tmp_path: Path) -> None:
    first, again = read_settings(state=tmp_path), read_settings(state=tmp_path)
    assert first.executor_id == again.executor_id
    assert first.executor_id != read_settings(state=tmp_path / "other").executor_id


def test_every_setting_says_what_it_is_for() -> None:
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize(
    "url", ["mysql://me:hush@db/x", "giveback.db", ":::", "sqlite://", "sqlite:///:memory:"]
)
def test_a_database_that_cannot_be_used_is_told_by_the_setting_alone(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(SettingsError, match=r"^DATABASE_URL: expected sqlite:///PATH or post") as refused:
        read_settings()
    assert "hush" not in str(refused.value)
