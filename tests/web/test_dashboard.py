from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import Session

from bot import histories, judged
from bot.events import Thread
from bot.knowledge import LearnedModel
from bot.sandbox.serving import Running, run_in_thread
from bot.settings import SettingsError, read_settings
from bot.store import open_database
from bot.triage.learning.files import to_bytes
from bot.triage.learning.judge import evaluate
from bot.triage.learning.learn import learn
from bot.web import dashboard
from tests.tables import create_tables
from tests.triage.learning.histories import history, issue

TOKEN = "a-long-enough-password"
LEARNED, READING = Thread("octo/models", 0, 11), Thread("octo/secret", 0, 12)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('dashboard') / 'giveback.db'}")
    create_tables(database)
    past = [
        issue(0, "A rare one", labels=["rare"]),
        *history(160, noise=0.1),
        issue(161, "<script>alert(1)</script> crashes", "It fails.", ["bug"]),
    ]
    with Session(database) as session:
        for place, whole in ((LEARNED, True), (READING, False)):
            histories.set_mark(session, place.home, None, whole=whole)
        histories.keep(session, READING.home, past[:3])
        histories.keep(session, LEARNED.home, past)
        histories.drop(session, LEARNED.home, 160)
        session.add(LearnedModel(repository=LEARNED.home, model=to_bytes(learn(past)), learned_at=1.0))
        judged.keep(session, LEARNED, json.dumps(evaluate(past).as_dict()))
        session.commit()
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def service(database: Engine) -> Iterator[Running]:
    with served(database, dashboard_token=TOKEN) as running:
        yield running


def served(database: Engine, **given: Any) -> Any:
    app = FastAPI()
    app.include_router(dashboard.routes(database, read_settings(**given)))
    return run_in_thread(app)


def read(service: Running, path: str = "", password: str = TOKEN) -> httpx.Response:
    return httpx.get(f"{service.url}/dashboard{path}", auth=("me", password))


def test_without_a_password_in_the_settings_nobody_sees_anything(database: Engine) -> None:
    with served(database) as service:
        for password in ("", "None", TOKEN):
            answer = read(service, password=password)
            assert (answer.status_code, "octo" in answer.text) == (403, False)
            assert "GIVEBACK_DASHBOARD_TOKEN" in answer.text
            assert read(service, "/11", password).status_code == 401


@pytest.mark.parametrize("path", ["", "/11", "/nobody"])
@pytest.mark.parametrize("password", [None, "", "guessed", TOKEN[:-1], "é"])
def test_without_the_right_password_nothing_is_shown(
    service: Running, path: str, password: str | None
) -> None:
    auth = None if password is None else ("me", password.encode())
    answer = httpx.get(f"{service.url}/dashboard{path}", auth=auth)
    assert (answer.status_code, "octo" in answer.text) == (401, False)
    assert answer.headers["www-authenticate"].startswith("Basic")


def test_a_password_that_can_be_guessed_is_a_mistake_in_the_settings() -> None:
    with pytest.raises(SettingsError, match="GIVEBACK_DASHBOARD_TOKEN") as refused:
        read_settings(dashboard_token="short-secret")
    assert "short-secret" not in str(refused.value)


def test_each_repository_has_a_line(service: Running) -> None:
    text = read(service).text
    assert '<a href="/dashboard/11">octo/models</a>' in text
    assert re.search(r"<td class=\"number\">1\d\d</td>\s*<td class=\"number\">\d+ %</td>", text)
    assert "its history is being read, 3 issues and pull requests so far" in text


def test_a_repository_shows_what_would_have_been_done_label_by_label_and_issue_by_issue(
    service: Running,
) -> None:
    answer = read(service, "/11")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    for said in (
        "label by label",
        "told as bug",
        "The newest 31",
        "asked: 95 %",
        "In use now",
        "does not learn",
    ):
        assert said in answer.text, said
    assert 'href="https://github.com/octo/models/issues/161">#161</a> &lt;script&gt;' in answer.text
    assert "<script>" not in answer.text


def test_an_issue_that_was_taken_out_of_view_is_not_listed(database: Engine, service: Running) -> None:
    text = read(service, "/11").text
    assert ("#159<" in text, "#160<" in text) == (True, False)
    with Session(database) as session:
        kept = session.get_one(judged.JudgedHistory, LEARNED.home)
    assert b"script" not in kept.evaluation


def test_a_repository_that_was_not_learned_yet_says_so_and_one_that_is_not_read_is_not_there(
    service: Running,
) -> None:
    assert "3 issues and pull requests are read so far" in read(service, "/12").text
    assert read(service, "/13").status_code == 404


def test_what_an_earlier_version_kept_is_judged_again(database: Engine, tmp_path: Path) -> None:
    place = Thread("octo/old", 0, 14)
    other = open_database(f"sqlite:///{tmp_path / 'giveback.db'}")
    create_tables(other)
    with Session(other) as session:
        histories.set_mark(session, place.home, None, whole=True)
        judged.keep(session, place, '{"judged": 1}')
        session.commit()
    with served(other, dashboard_token=TOKEN) as service:
        assert "judged again tonight" in read(service).text
        assert read(service, "/14").status_code == 200
    other.dispose()
