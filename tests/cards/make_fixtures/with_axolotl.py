"""Fine-tune a tiny language model with axolotl (``requirements-axolotl.txt``)."""

from __future__ import annotations

import json
import os
from pathlib import Path

from transformers import set_seed

from tests.cards.make_fixtures.keep import keep, workplace
from tests.cards.make_fixtures.with_llama_factory import BASE
from tests.cards.make_fixtures.with_transformers import CHAT_TEMPLATE, tiny_llama
from tests.cards.make_fixtures.words import sentences, tokenizer

CONFIGURATION = """\
base_model: acme/tiny-llama

datasets:
  - path: opinions.jsonl
    ds_type: json
    type: alpaca
dataset_num_proc: 1
val_set_size: 0.25
output_dir: ./outputs/adapter

adapter: lora
lora_r: 4
lora_alpha: 8
lora_dropout: 0.05
lora_target_modules:
  - q_proj
  - v_proj

sequence_len: 64
gradient_accumulation_steps: 2
micro_batch_size: 4
max_steps: 6
optimizer: adamw_torch
lr_scheduler: cosine
learning_rate: 0.001
bf16: false
fp16: false
logging_steps: 1
evals_per_epoch: 1
seed: 42
special_tokens:
  pad_token: "[PAD]"
"""


def save_base_and_data() -> None:
    """Save a base model, data in the Alpaca format, and the configuration of the run."""
    words = tokenizer(chat_template=CHAT_TEMPLATE, eos_token="[SEP]")
    tiny_llama(len(words)).save_pretrained(BASE)
    words.save_pretrained(BASE)
    rows = [
        {"instruction": row["text"], "input": "", "output": "kind" if row["label"] else "rude"}
        for row in sentences(48)
    ]
    Path("opinions.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    Path("config.yml").write_text(CONFIGURATION, "utf-8")


def train_adapter() -> None:
    """Train as ``axolotl train config.yml`` does."""
    os.environ |= {"HF_HUB_OFFLINE": "1", "AXOLOTL_DO_NOT_TRACK": "1", "CUDA_VISIBLE_DEVICES": ""}
    from axolotl.cli.args import TrainerCliArgs
    from axolotl.cli.config import load_cfg
    from axolotl.cli.train import do_train

    do_train(load_cfg("config.yml"), TrainerCliArgs())


if __name__ == "__main__":
    set_seed(42)
    with workplace():
        save_base_and_data()
        train_adapter()
        keep(
            Path("outputs/adapter"),
            "axolotl",
            *("axolotl", "peft", "transformers", "torch"),
            leave_out=("checkpoint-*", "debug.log"),
        )
