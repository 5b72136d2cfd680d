"""Fine-tune a classifier with the Trainer, and save a language model in shards (torch)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from datasets import Dataset
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    DataCollatorForLanguageModeling,
    DataCollatorWithPadding,
    EvalPrediction,
    GenerationConfig,
    LlamaConfig,
    LlamaForCausalLM,
    Trainer,
    TrainingArguments,
    set_seed,
)

from tests.cards.make_fixtures.keep import keep, workplace
from tests.cards.make_fixtures.words import sentences, tokenizer

CHAT_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }} : {{ message['content'] }} {% endfor %}"
    "{% if add_generation_prompt %}assistant :{% endif %}"
)


def tiny_llama(vocabulary: int) -> LlamaForCausalLM:
    """Make an untrained language model of a few thousand parameters."""
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=64,
        bos_token_id=2,
        eos_token_id=3,
        pad_token_id=0,
    )
    return LlamaForCausalLM(config)


def accuracy(prediction: EvalPrediction) -> dict[str, float]:
    """Give the share of sentences that got the right label."""
    return {"accuracy": float((np.argmax(prediction.predictions, axis=-1) == prediction.label_ids).mean())}


def train_classifier(folder: Path) -> None:
    """Do what the text-classification example does: train, evaluate, test, save metrics, state and card."""
    words = tokenizer()
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        initializer_range=0.3,
        id2label={0: "complaint", 1: "praise"},
        label2id={"complaint": 0, "praise": 1},
    )

    def encoded(count: int, seed: int) -> Dataset:
        return Dataset.from_list(sentences(count, seed)).map(lambda row: words(row["text"]))

    trainer = Trainer(
        model=BertForSequenceClassification(config),
        args=TrainingArguments(
            output_dir=str(folder),
            learning_rate=2e-2,
            per_device_train_batch_size=16,
            per_device_eval_batch_size=32,
            gradient_accumulation_steps=2,
            num_train_epochs=4,
            warmup_steps=2,
            weight_decay=0.01,
            logging_steps=2,
            eval_strategy="epoch",
            save_strategy="epoch",
            load_best_model_at_end=True,
            metric_for_best_model="accuracy",
            report_to="none",
            disable_tqdm=True,
            use_cpu=True,
            seed=42,
        ),
        train_dataset=encoded(192, seed=1),
        eval_dataset=encoded(64, seed=2),
        processing_class=words,
        data_collator=DataCollatorWithPadding(words),
        compute_metrics=accuracy,
    )
    trained = trainer.train()
    trainer.save_model()
    trainer.log_metrics("train", trained.metrics)
    trainer.save_metrics("train", {**trained.metrics, "train_samples": 192})
    trainer.save_metrics("eval", {**trainer.evaluate(), "eval_samples": 64})
    tested = trainer.predict(encoded(48, seed=3), metric_key_prefix="test")
    trainer.save_metrics("test", {**tested.metrics, "test_samples": 48})
    trainer.save_state()
    trainer.create_model_card(
        language="en",
        license="apache-2.0",
        finetuned_from="acme/tiny-bert",
        tags="example",
        tasks="text-classification",
        dataset="Opinions",
        dataset_tags="acme/opinions",
        dataset_args="config: default, split: validation",
    )


def train_language_model(folder: Path) -> None:
    """Train from scratch; keep chat template, generation settings and a card that nobody filled in."""
    words = tokenizer(chat_template=CHAT_TEMPLATE)
    model = tiny_llama(len(words))
    model.generation_config = GenerationConfig(
        do_sample=True, temperature=0.7, top_p=0.9, max_new_tokens=32, bos_token_id=2, eos_token_id=3
    )
    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir=str(folder),
            max_steps=4,
            logging_steps=2,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            use_cpu=True,
        ),
        train_dataset=Dataset.from_list([words(row["text"]) for row in sentences(64)]),
        data_collator=DataCollatorForLanguageModeling(words, mlm=False),
        processing_class=words,
    )
    trainer.train()
    trainer.model.bfloat16().save_pretrained(folder, max_shard_size="8KB")
    words.save_pretrained(folder)
    trainer.create_model_card()


if __name__ == "__main__":
    set_seed(42)
    with workplace():
        train_classifier(Path("classifier"))
        # Of the checkpoints the last is enough, without the weights and states that make it large.
        large = ("checkpoint-[!2]*", "checkpoint-24/*.[ps]*t*", "checkpoint-24/training_args.bin")
        keep(Path("classifier"), "transformers-trainer", "transformers", "torch", "datasets", leave_out=large)
        train_language_model(Path("language-model"))
        keep(Path("language-model"), "transformers-sharded", "transformers", "torch")
