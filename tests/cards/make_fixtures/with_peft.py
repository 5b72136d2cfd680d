"""Train a LoRA adapter on a tiny language model (torch)."""

from __future__ import annotations

from pathlib import Path

from datasets import Dataset
from peft import LoraConfig, get_peft_model
from transformers import (
    AutoModelForCausalLM,
    DataCollatorForLanguageModeling,
    Trainer,
    TrainingArguments,
    set_seed,
)

from tests.cards.make_fixtures.keep import keep, workplace
from tests.cards.make_fixtures.with_transformers import tiny_llama
from tests.cards.make_fixtures.words import sentences, tokenizer

BASE = "acme/tiny-llama"
"""Where the base model is saved, below the workplace: under a name that could be one on the Hub."""


def train_adapter(folder: Path) -> None:
    """Train an adapter for two steps and save it with the card PEFT writes, which nobody filled in."""
    words = tokenizer()
    tiny_llama(len(words)).save_pretrained(BASE)
    settings = LoraConfig(
        task_type="CAUSAL_LM",
        r=4,
        lora_alpha=8,
        lora_dropout=0.05,
        target_modules=["q_proj", "v_proj"],
        use_rslora=True,
    )
    trainer = Trainer(
        model=get_peft_model(AutoModelForCausalLM.from_pretrained(BASE), settings),
        args=TrainingArguments(
            output_dir="runs",
            max_steps=2,
            logging_steps=1,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            use_cpu=True,
        ),
        train_dataset=Dataset.from_list([words(row["text"]) for row in sentences(32)]),
        data_collator=DataCollatorForLanguageModeling(words, mlm=False),
        processing_class=words,
    )
    trainer.train()
    trainer.model.save_pretrained(folder)


if __name__ == "__main__":
    set_seed(42)
    with workplace():
        train_adapter(Path("adapter"))
        keep(Path("adapter"), "peft-lora", "peft", "transformers", "torch")
