"""Fine-tune a tiny language model with LLaMA-Factory (``requirements-llama-factory.txt``)."""

from __future__ import annotations

import json
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from transformers import set_seed

from tests.cards.make_fixtures.keep import keep, workplace
from tests.cards.make_fixtures.with_transformers import CHAT_TEMPLATE, tiny_llama
from tests.cards.make_fixtures.words import sentences, tokenizer

BASE = "acme/tiny-llama"


def save_base_and_data() -> None:
    """Save a base model, and data in the Alpaca format with the register LLaMA-Factory wants."""
    words = tokenizer(chat_template=CHAT_TEMPLATE, eos_token="[SEP]")
    tiny_llama(len(words)).save_pretrained(BASE)
    words.save_pretrained(BASE)
    Path("data").mkdir()
    rows = [
        {"instruction": row["text"], "input": "", "output": "kind" if row["label"] else "rude"}
        for row in sentences(48)
    ]
    Path("data/opinions.json").write_text(json.dumps(rows), "utf-8")
    Path("data/dataset_info.json").write_text(
        json.dumps({"opinions": {"file_name": "opinions.json"}}), "utf-8"
    )


def train_adapter(folder: Path) -> None:
    """Train as ``llamafactory-cli train`` does."""
    # It imports torchaudio, of which PyPI has no build for CPUs, and which only models of sound need.
    stand_in = ModuleType("torchaudio")
    stand_in.__spec__ = ModuleSpec("torchaudio", None)
    sys.modules.setdefault("torchaudio", stand_in)
    from llamafactory.train.tuner import run_exp

    run_exp(
        {
            "model_name_or_path": BASE,
            "stage": "sft",
            "do_train": True,
            "finetuning_type": "lora",
            "lora_rank": 4,
            "lora_target": "q_proj,v_proj",
            "dataset": "opinions",
            "dataset_dir": "data",
            "template": "empty",
            "cutoff_len": 32,
            "output_dir": str(folder),
            "max_steps": 6,
            "per_device_train_batch_size": 4,
            "gradient_accumulation_steps": 2,
            "learning_rate": 0.001,
            "logging_steps": 1,
            "save_strategy": "no",
            "val_size": 0.25,
            "do_eval": True,
            "report_to": "none",
            "disable_tqdm": True,
            "use_cpu": True,
        }
    )


if __name__ == "__main__":
    set_seed(42)
    with workplace():
        save_base_and_data()
        train_adapter(Path("adapter"))
        keep(Path("adapter"), "llama-factory", "llamafactory", "peft", "transformers", "torch")
