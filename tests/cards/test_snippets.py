import ast

import pytest

from bot.cards.declared import Declared
from bot.cards.facts import Fact, Reading
from bot.cards.snippets import _table, snippet

KNOWN = Declared(model_id="acme/kind", base_models=("acme/base",), pipeline_tag="text-generation")
FILES = {
    "gguf": "kind.Q4_K_M.gguf",
    "onnx": "kind.onnx",
    "sklearn": "kind.skops",
    "keras": "kind.keras",
    "flax": "flax_model.msgpack",
    "safetensors": "model.safetensors",
}


def reading(library: str, *facts: Fact) -> Reading:
    file = FILES.get(library, "config.json")
    return Reading((Fact("something", 1, file, "key"), *facts))


@pytest.mark.parametrize("library", sorted(_table()["snippets"]))
def test_every_library_has_code_that_names_the_model_and_can_be_parsed(library: str) -> None:
    known = Declared(**{**vars(KNOWN), "library_name": library})
    code = snippet(reading(library), known)
    assert code is not None
    ast.parse(code)
    assert "acme/kind" in code
    assert FILES.get(library, "") in code


@pytest.mark.parametrize("task", sorted(_table()["examples"]))
def test_every_task_has_an_example(task: str) -> None:
    known = Declared(model_id="acme/kind", library_name="transformers", pipeline_tag=task)
    code = snippet(Reading(), known)
    assert code is not None
    ast.parse(code)
    assert _table()["examples"][task] in code


def test_a_model_that_chats_is_shown_in_a_chat() -> None:
    template = Fact("chat_template", True, "tokenizer_config.json", "chat_template")
    known = Declared(model_id="acme/kind", library_name="transformers", pipeline_tag="text-generation")
    code = snippet(Reading((template,)), known)
    assert code is not None
    assert '"role": "user"' in code


def test_code_that_comes_with_a_model_is_warned_of() -> None:
    custom = Fact("custom_code", True, "config.json", "auto_map")
    known = Declared(model_id="acme/kind", library_name="transformers", pipeline_tag="fill-mask")
    code = snippet(Reading((custom,)), known)
    assert code is not None
    assert "read that code first" in code
    assert "trust_remote_code=True" in code


def test_what_could_not_run_is_not_shown() -> None:
    assert snippet(Reading(), Declared(library_name="transformers", pipeline_tag="fill-mask")) is None
    assert snippet(Reading(), Declared(model_id="acme/kind", library_name="transformers")) is None
    two = Reading(tuple(Fact("n", 1, f"{name}.gguf", "key") for name in "ab"))
    assert snippet(two, Declared(model_id="acme/kind", library_name="gguf")) is None


def test_a_name_of_a_file_cannot_break_out_of_the_code() -> None:
    evil = Reading((Fact("n", 1, 'a");import os#.gguf', "key"),))
    code = snippet(evil, Declared(model_id="acme/kind", library_name="gguf"))
    assert code is not None
    assert len(ast.parse(code).body) == 3
