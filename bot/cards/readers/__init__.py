"""The readers: one module per kind of artifact, and one line here for each.

What the facts they yield are called, and mean, stands in ``fact_names.yml``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, wraps
from pathlib import Path

from bot.cards.artifacts import Opened, open_file
from bot.cards.facts import Fact, Reader
from bot.cards.readers import (
    adapter_config,
    citation,
    config_json,
    diffusers_pipeline,
    emissions,
    flax_msgpack,
    generation_config,
    gguf_header,
    git_history,
    keras_archive,
    licence_file,
    lm_eval_results,
    mlflow_model,
    onnx_graph,
    orbax_metadata,
    pickles,
    results,
    safetensors_header,
    saved_model,
    sentence_transformers,
    skops_schema,
    tokenizer_config,
    trainer_log,
    trainer_state,
    training_args,
    wandb_files,
    wandb_record,
    written_card,
)


@cache
def opened(look: Callable[[Opened, str], Iterator[Fact]]) -> Callable[[Path, str], Iterator[Fact]]:
    """Make what reads an open file read the file at a path."""

    @wraps(look)
    def read(path: Path, file: str) -> Iterator[Fact]:
        with open_file(path) as content:
            yield from look(content, file)

    return read


def _of_any_size(pattern: str, look: Callable[[Opened, str], Iterator[Fact]]) -> Reader:
    return Reader(pattern, opened(look), look)


READERS: tuple[Reader, ...] = (
    Reader("config.json", config_json.read),
    Reader("generation_config.json", generation_config.read),
    Reader("tokenizer_config.json", tokenizer_config.read),
    Reader("chat_template.jinja", tokenizer_config.read_template),
    Reader("adapter_config.json", adapter_config.read),
    Reader("model_index.json", diffusers_pipeline.read),
    *(Reader(f"{part}/config.json", diffusers_pipeline.read_part) for part in diffusers_pipeline.PARTS),
    Reader("scheduler/scheduler_config.json", diffusers_pipeline.read_part),
    Reader("modules.json", sentence_transformers.read_modules),
    Reader("config_sentence_transformers.json", sentence_transformers.read_config),
    Reader("sentence_bert_config.json", sentence_transformers.read_encoder),
    Reader("[0-9]_[A-Z]*/config.json", sentence_transformers.read_module),
    Reader("eval/*_results.csv", sentence_transformers.read_evaluation),
    Reader("trainer_state.json", trainer_state.read),
    Reader("trainer_log.jsonl", trainer_log.read),
    Reader("training_args.json", training_args.read_json_arguments),
    Reader("training_args.yaml", training_args.read_llama_factory),
    Reader("axolotl*.yaml", training_args.read_axolotl),
    Reader("axolotl*.yml", training_args.read_axolotl),
    Reader("*_results.json", results.read),
    *(Reader(f"{folders}results_*.json", lm_eval_results.read) for folders in ("", "*/", "*/*/")),
    Reader("emissions.csv", emissions.read),
    Reader("codecarbon.csv", emissions.read),
    Reader("README.md", written_card.read),
    _of_any_size("training_args.bin", pickles.look),
    *(_of_any_size(pattern, pickles.look) for pattern in pickles.WEIGHTS),
    _of_any_size("*.joblib", pickles.look_at_joblib),
    *(
        Reader(f"{folder}*.safetensors", safetensors_header.read, safetensors_header.look)
        for folder in ("", *(f"{part}/" for part in diffusers_pipeline.PARTS), "[0-9]_[A-Z]*/")
    ),
    _of_any_size("*.gguf", gguf_header.look),
    *(_of_any_size(f"{folder}*.onnx", onnx_graph.look) for folder in ("", "onnx/")),
    _of_any_size("*.skops", skops_schema.look),
    _of_any_size("*.keras", keras_archive.look),
    *(_of_any_size(f"{folder}saved_model.pb", saved_model.look) for folder in ("", "*/")),
    _of_any_size("*.msgpack", flax_msgpack.look),
    *(Reader(f"{above}_CHECKPOINT_METADATA", orbax_metadata.read_checkpoint) for above in ("", "*/", "*/*/")),
    *(Reader(f"{above}_METADATA", orbax_metadata.read_tree) for above in ("", "*/", "*/*/", "*/*/*/")),
    *(Reader(f"{folder}MLmodel", mlflow_model.read) for folder in ("", "*/")),
    *(Reader(f"{folder}*run-*/files/config.yaml", wandb_files.read_config) for folder in ("", "wandb/")),
    *(
        Reader(f"{folder}*run-*/files/wandb-summary.json", wandb_files.read_summary)
        for folder in ("", "wandb/")
    ),
    *(
        Reader(f"{folder}*run-*/files/wandb-metadata.json", wandb_files.read_machine)
        for folder in ("", "wandb/")
    ),
    *(_of_any_size(f"{folder}*run-*/run-*.wandb", wandb_record.look) for folder in ("", "wandb/")),
    Reader(".git/HEAD", git_history.read, is_local=True),
    Reader("CITATION.cff", citation.read),
    *(Reader(name, licence_file.read) for name in licence_file.NAMES),
)
"""Every reader whose pattern a file's path matches is asked, in this order."""
