from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from typer.testing import CliRunner

from bot.release.cli import release_app
from bot.release.drafting import draft, scalar
from bot.release.manifest import read_manifest
from tests.fixtures.make_models import finished_model, tuned_model


def test_what_the_card_says_is_in_the_draft_with_its_file(tmp_path: Path) -> None:
    drafted = draft(finished_model(tmp_path / "digits"), "models/digits")
    manifest = read_manifest(drafted.text)
    assert (manifest.hub_id, manifest.license) == ("acme/digits-moved", "apache-2.0")
    assert (manifest.base_models, manifest.datasets) == (["acme/digits-base"], ["acme/digits"])
    assert manifest.pipeline_tag == "image-classification"
    assert "license: apache-2.0  # from README.md\n" in drafted.text
    assert "license" not in drafted.asked


def test_what_no_file_says_is_asked_and_not_guessed(tmp_path: Path) -> None:
    drafted = draft(tuned_model(tmp_path / "my digits!"), "models/my digits!")
    manifest = read_manifest(drafted.text)
    assert manifest.hub_id == "your-organisation/my-digits"
    assert manifest.license == "unknown"
    assert manifest.source == "models/my digits!"
    assert (manifest.base_models, manifest.datasets, manifest.thresholds) == ([], [], [])
    assert drafted.asked == ("hub_id", "license", "base_models", "datasets", "evaluated_on", "thresholds")
    assert "# Measured: accuracy 0.9" in drafted.text
    assert "at_least: ," in drafted.text


@pytest.mark.parametrize("name", ["_x", "..a--b..", "a" * 200, "模型", "-.-", "a..b"])
def test_any_folder_has_a_name_to_stand_for_it(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert read_manifest(draft(tmp_path / name, ".").text).hub_id.startswith("your-organisation/")


def test_the_licence_is_told_by_its_text_and_the_base_by_the_adapter(tmp_path: Path) -> None:
    licence = Path(__file__).parents[2] / "LICENSE"
    (tmp_path / "LICENSE").write_text(licence.read_text())
    (tmp_path / "adapter_config.json").write_text(
        json.dumps({"peft_type": "LORA", "base_model_name_or_path": "acme/base", "task_type": "CAUSAL_LM"})
    )
    text = draft(tmp_path, ".").text
    assert "license: apache-2.0  # from LICENSE\n" in text
    assert "base_models: [acme/base]  # from adapter_config.json\n" in text
    manifest = read_manifest(text)
    assert (manifest.base_model_relation, manifest.library_name) == ("adapter", "peft")
    assert manifest.pipeline_tag == "text-generation"


def test_the_comments_can_be_taken_away_to_answer(tmp_path: Path) -> None:
    text = draft(tuned_model(tmp_path / "digits"), "digits").text
    answered = text.replace("# base_models:", "base_models:").replace("# thresholds:", "thresholds:")
    answered = answered.replace(
        "#   - {metric: accuracy, at_least: ,", "  - {metric: accuracy, at_least: 0.9,"
    )
    manifest = read_manifest(answered)
    assert manifest.base_models == ["owner/name"]
    assert manifest.thresholds[0].at_least == 0.9


texts = st.text(max_size=120)


@given(
    st.dictionaries(
        st.sampled_from(
            ["license", "license_name", "base_model", "datasets", "tags", "library_name", "language"]
        ),
        texts | st.lists(texts, max_size=3) | st.integers(),
    ),
    st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=40),
)
def test_whatever_a_card_says_the_draft_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, said: dict[str, object], source: str
) -> None:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "README.md").write_text(f"---\n{json.dumps(said)}\n---\n# Model\n", encoding="utf-8")
    (folder / "eval_results.json").write_text(json.dumps({f"eval_{source}": 0.5}), encoding="utf-8")
    read_manifest(draft(folder, "models").text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_is_one_yaml_text_on_one_line(text: str) -> None:
    written = scalar(text)
    assert len(written.splitlines()) <= 1
    assert YAML(typ="safe", pure=True).load(f"a: {written}") == {"a": text}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    finished_model(tmp_path / "models" / "digits")
    return tmp_path


def test_init_writes_the_manifest_at_the_top_and_never_over_one(repository: Path) -> None:
    asked = ["init", str(repository / "models/digits"), "--hub-id", "acme/other", "--json"]
    result = CliRunner().invoke(release_app, asked)
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    manifest = repository / "model-release.yml"
    assert told["path"] == str(manifest)
    assert {"key": "license", "value": "apache-2.0", "from": "README.md"} in told["known"]
    written = manifest.read_text()
    assert (read_manifest(written).hub_id, read_manifest(written).source) == ("acme/other", "models/digits")
    again = CliRunner().invoke(release_app, asked)
    assert again.exit_code == 1
    assert "was not changed" in again.stderr
    assert manifest.read_text() == written


def test_init_says_why_no_manifest_can_be_written(repository: Path) -> None:
    result = CliRunner().invoke(
        release_app, ["init", str(repository / "models/digits"), "--hub-id", "digits"]
    )
    assert result.exit_code == 2
    assert '"digits" is no Hub id' in result.stderr
    assert not (repository / "model-release.yml").exists()
