"""Fine-tune a tiny language model with TRL: supervised with an adapter, and on preferences (torch)."""

from __future__ import annotations

from pathlib import Path

from datasets import Dataset
from peft import LoraConfig
from transformers import set_seed
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

from tests.cards.make_fixtures.keep import keep, workplace
from tests.cards.make_fixtures.with_peft import BASE
from tests.cards.make_fixtures.with_transformers import CHAT_TEMPLATE, tiny_llama
from tests.cards.make_fixtures.words import sentences, tokenizer

COMMON = {
    "max_steps": 4,
    "per_device_train_batch_size": 4,
    "logging_steps": 1,
    "save_strategy": "no",
    "report_to": "none",
    "disable_tqdm": True,
    "use_cpu": True,
    "bf16": False,
}


def save_base() -> None:
    """Save the base model both trainers start from."""
    words = tokenizer(chat_template=CHAT_TEMPLATE, eos_token="[SEP]")
    tiny_llama(len(words)).save_pretrained(BASE)
    words.save_pretrained(BASE)


def train_supervised(folder: Path) -> None:
    """Train a LoRA adapter on sentences."""
    trainer = SFTTrainer(
        model=BASE,
        args=SFTConfig(output_dir=str(folder), max_length=16, **COMMON),
        train_dataset=Dataset.from_list([{"text": row["text"]} for row in sentences(32)]),
        peft_config=LoraConfig(task_type="CAUSAL_LM", r=2, target_modules=["q_proj"]),
    )
    trainer.train()
    trainer.save_model()
    trainer.save_state()
    trainer.create_model_card(dataset_name="acme/opinions", tags=["example"])


def train_preferences(folder: Path) -> None:
    """Train on pairs of a kind and an unkind answer."""
    rows = [
        {"prompt": "the model is", "chosen": " kind", "rejected": " rude"},
        {"prompt": "the tutorial is", "chosen": " clear", "rejected": " useless"},
    ]
    trainer = DPOTrainer(
        model=BASE,
        args=DPOConfig(output_dir=str(folder), **COMMON),
        train_dataset=Dataset.from_list(rows * 8),
        processing_class=tokenizer(eos_token="[SEP]"),
    )
    trainer.train()
    trainer.save_model()
    trainer.save_state()
    trainer.create_model_card(dataset_name="acme/preferences")


if __name__ == "__main__":
    set_seed(42)
    with workplace():
        save_base()
        train_supervised(Path("supervised"))
        keep(Path("supervised"), "trl-sft", "trl", "peft", "transformers", "torch")
        train_preferences(Path("preferences"))
        keep(Path("preferences"), "trl-dpo", "trl", "transformers", "torch")
