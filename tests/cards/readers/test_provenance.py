"""Where a model came from: its history in Git, its citation, its licence, and runs of Weights & Biases."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.cards.artifacts import CannotRead
from bot.cards.licence_texts import recognise
from bot.cards.readers import git_history, opened, wandb_record
from bot.cards.reading import read_facts

ROOT = Path(__file__).parents[3]
FIXTURES = Path(__file__).parent.parent / "fixtures"
PEOPLE = ("Ada Lovelace", "Grace Hopper", "Ada Lovelace")


def git(folder: Path, *arguments: str, name: str = "Ada Lovelace") -> str:
    who = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": "a@b.c", "GIT_AUTHOR_DATE": "2026-03-01T10:00:00Z"}
    who |= {"GIT_COMMITTER_NAME": "x", "GIT_COMMITTER_EMAIL": "x@y.z", "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **who}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def cloned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("history")
    git(folder, "init", "-q", "--initial-branch=main")
    for name in PEOPLE:
        git(folder, "commit", "-q", "--allow-empty", "-m", "change", name=name)
    return folder


@pytest.fixture
def repository(cloned: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(cloned, tmp_path / "repository"))


def facts(folder: Path) -> dict[str, object]:
    return {fact.name: fact.value for fact in read_facts(folder).facts}


def history(folder: Path) -> str:
    with pytest.raises(CannotRead) as refusal:
        list(git_history.read(folder / ".git/HEAD", ".git/HEAD"))
    return str(refusal.value)


@pytest.mark.parametrize(
    "prepare", [(), ("pack-refs", "--all"), ("gc", "-q"), ("checkout", "-q", "--detach")]
)
def test_the_history_names_its_authors_and_days_and_no_address(
    repository: Path, prepare: tuple[str, ...]
) -> None:
    if prepare:
        git(repository, *prepare)
    found = facts(repository)
    assert found == {
        "git.commit": git(repository, "rev-parse", "HEAD"),
        "git.commits": 3,
        "git.first_commit": "2026-03-01",
        "git.last_commit": "2026-03-01",
        "git.authors": ["Ada Lovelace", "Grace Hopper"],
    }


def test_nothing_in_a_repository_is_run_when_its_history_is_read(repository: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    keys = (
        "core.fsmonitor",
        "core.pager",
        "pager.log",
        "gpg.program",
        "core.sshCommand",
        "core.alternateRefsCommand",
    )
    for key in keys:
        git(repository, "config", key, str(trap))
    git(repository, "config", "log.showSignature", "true")
    git(repository, "config", "alias.log", f"!{trap}")
    shutil.copy(trap, repository / ".git/hooks/post-checkout")
    assert facts(repository)["git.commits"] == 3
    assert not (tmp_path / "sprung").exists()


def test_a_repository_without_commits_has_no_history(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert read_facts(tmp_path).facts == ()
    assert read_facts(tmp_path).unreadable == ()


def test_objects_of_another_repository_are_not_read(repository: Path, cloned: Path) -> None:
    objects = repository / ".git/objects"
    (objects / "info").mkdir(exist_ok=True)
    (objects / "info/alternates").write_text(f"{cloned}/.git/objects\n")
    assert "in another repository" in history(repository)
    (objects / "info/alternates").unlink()
    shutil.rmtree(objects / "pack")
    (objects / "pack").symlink_to(cloned / ".git/objects/pack")
    assert "links among its objects" in history(repository)
    shutil.rmtree(objects)
    objects.symlink_to(cloned / ".git/objects")
    assert "no objects" in history(repository)


@pytest.mark.parametrize(
    "head", ["", "ref: refs/../../secret\n", "ref: /etc/passwd\n", "--help\n", "x" * 5_000]
)
def test_a_head_that_names_no_commit_is_refused(repository: Path, head: str) -> None:
    (repository / ".git/HEAD").write_text(head)
    assert history(repository)


def test_a_history_with_missing_commits_is_not_told(repository: Path) -> None:
    first = git(repository, "rev-list", "--max-parents=0", "HEAD")
    (repository / ".git/objects" / first[:2] / first[2:]).unlink()
    assert "some may be missing" in history(repository)


def test_a_citation_names_its_authors(tmp_path: Path) -> None:
    (tmp_path / "CITATION.cff").write_text(
        "cff-version: 1.2.0\ntitle: Tiny opinions\nversion: 1.10\ndoi: 10.5281/zenodo.1\n"
        "license: Apache-2.0\nauthors:\n"
        "- {given-names: Ada, name-particle: de, family-names: Lovelace}\n- {name: Acme}\n"
    )
    assert facts(tmp_path) == {
        "citation.title": "Tiny opinions",
        "citation.doi": "10.5281/zenodo.1",
        "citation.authors": ["Ada de Lovelace", "Acme"],
        "citation.license": ["Apache-2.0"],
    }


def test_a_citation_without_its_version_of_the_format_is_none(tmp_path: Path) -> None:
    (tmp_path / "CITATION.cff").write_text("title: Tiny opinions\n")
    assert "no cff-version" in read_facts(tmp_path).unreadable[0].reason


def licence(*, owner: str = "Copyright (c) 2026 Ada Lovelace", more: str = "") -> str:
    """Take the licence of the house, whose owner stands in its appendix."""
    text = (ROOT / "LICENSE").read_text()
    return f"{owner}\n\n{text}{more}"


@pytest.mark.parametrize(
    "owner",
    [
        "",
        "Copyright (c) 2026 Ada Lovelace",
        "© 2026 Acme\nAll rights reserved.",
        "Copyright 2020-2026 Acme, Inc.",
    ],
)
def test_a_licence_is_recognised_whoever_it_names(owner: str) -> None:
    assert recognise(licence(owner=owner)) == "apache-2.0"


@pytest.mark.parametrize(
    ("owner", "more"),
    [
        ("", "\nCommons Clause: the right to sell is not granted.\n"),
        ("Copyright 2026 Acme. You may not use this commercially.", ""),
        ("Copyright 2026 Acme; free for non-commercial use.", ""),
        ("(c) Acme, under license.", ""),
    ],
)
def test_a_licence_with_terms_added_is_not_taken_for_it(owner: str, more: str) -> None:
    assert recognise(licence(owner=owner, more=more)) is None


def test_a_licence_with_terms_taken_away_is_not_taken_for_it() -> None:
    assert recognise(licence().replace("Grant of Patent License", "")) is None


def test_the_licence_of_a_folder_is_a_fact(tmp_path: Path) -> None:
    (tmp_path / "LICENSE.txt").write_text(licence())
    (tmp_path / "COPYING").write_text("All of it is mine.")
    assert facts(tmp_path) == {"license_text": "apache-2.0"}


CONFIG = {
    "wandb.config.learning_rate": 0.005,
    "wandb.config.batch_size": 16,
    "wandb.config.dataset": "acme/opinions",
}


@pytest.mark.parametrize("name", ["wandb", "wandb-files"])
def test_a_run_of_weights_and_biases_is_read_from_its_record(name: str, tmp_path: Path) -> None:
    [record] = (FIXTURES / name).glob("*/*.wandb")
    found = {fact.name: fact.value for fact in opened(wandb_record.look)(record, record.name)}
    assert found == {
        "wandb.project": "opinions",
        "wandb.name": "first-try",
        **CONFIG,
        "wandb.summary.loss": 1 / 3,
        "wandb.summary.accuracy": 0.7,
    }


def test_a_run_that_still_goes_on_is_read_as_far_as_it_got(tmp_path: Path) -> None:
    [record] = (FIXTURES / "wandb").glob("*/*.wandb")
    whole = record.read_bytes()
    (tmp_path / "run-x.wandb").write_bytes(whole[: len(whole) // 2])
    found = {fact.name for fact in opened(wandb_record.look)(tmp_path / "run-x.wandb", "run-x.wandb")}
    assert found >= CONFIG.keys()


def test_the_files_of_a_run_are_read_below_the_folder_of_wandb(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "wandb-files", tmp_path / "wandb")
    found = [fact for fact in read_facts(tmp_path).facts if fact.file.endswith("config.yaml")]
    assert {fact.name: fact.value for fact in found} == CONFIG


def test_of_what_a_run_was_set_to_paths_addresses_and_secrets_are_left_out(tmp_path: Path) -> None:
    files = tmp_path / "wandb/run-1/files"
    files.mkdir(parents=True)
    told = {"lr": 0.1, "optimizer": "AdamW (fused)", "fp16": True}
    hidden = {
        "out": "/home/ada/out",
        "hub": "https://x.y/z",
        "api_key": "abc",
        "x": "a1b2c3d4e5f6a7b8c9d0e1",
        "r": "a@b.c",
    }
    lines = [f"{key}:\n    value: {value}\n" for key, value in {**told, **hidden}.items()]
    (files / "config.yaml").write_text("".join(lines))
    (files / "wandb-summary.json").write_text('{"acc": 0.5, "_step": 3, "note": "x"}')
    (files / "wandb-metadata.json").write_text(
        '{"host": "adas-laptop", "username": "ada", "gpu": "NVIDIA L4", "gpu_count": 1,'
        ' "git": {"remote": "git@x:y", "commit": "abc123"}}'
    )
    assert facts(tmp_path) == {
        **{f"wandb.config.{key}": value for key, value in told.items()},
        "wandb.summary.acc": 0.5,
        "wandb.gpu": "NVIDIA L4",
        "wandb.gpu_count": 1,
        "wandb.commit": "abc123",
    }


def test_a_repository_is_no_model_for_its_history_and_licence_alone(repository: Path) -> None:
    (repository / "LICENSE").write_text(licence())
    assert read_facts(repository).facts
    assert not read_facts(repository).is_of_a_model
    shutil.copy(FIXTURES / "onnx/model.onnx", repository)
    assert read_facts(repository).is_of_a_model
