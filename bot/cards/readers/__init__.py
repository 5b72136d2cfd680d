"""The readers: one module per kind of artifact, and one line here for each.

What the facts they yield are called, and mean, stands in ``fact_names.yml``.
"""

from __future__ import annotations

from bot.cards.facts import Reader
from bot.cards.readers import (
    adapter_config,
    config_json,
    diffusers_pipeline,
    emissions,
    generation_config,
    lm_eval_results,
    pickles,
    results,
    safetensors_header,
    sentence_transformers,
    tokenizer_config,
    trainer_log,
    trainer_state,
    training_args,
    written_card,
)

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
    Reader("training_args.bin", pickles.read),
    Reader("*.safetensors", safetensors_header.read),
    *(Reader(f"{part}/*.safetensors", safetensors_header.read) for part in diffusers_pipeline.PARTS),
    Reader("[0-9]_[A-Z]*/*.safetensors", safetensors_header.read),
)
"""Every reader whose pattern a file's path matches is asked, in this order."""
