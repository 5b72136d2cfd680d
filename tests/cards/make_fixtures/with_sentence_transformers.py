"""Fine-tune a tiny sentence embedding model, with the card sentence-transformers writes (torch)."""

from __future__ import annotations

from pathlib import Path

from datasets import Dataset
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerModelCardData,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from sentence_transformers.base.modules import Transformer
from sentence_transformers.sentence_transformer.evaluation import EmbeddingSimilarityEvaluator
from sentence_transformers.sentence_transformer.losses import CosineSimilarityLoss
from sentence_transformers.sentence_transformer.modules import Pooling
from transformers import BertConfig, BertModel, set_seed

from tests.cards.make_fixtures.keep import keep, workplace
from tests.cards.make_fixtures.words import sentences, tokenizer

BASE = "acme/tiny-bert"


def pairs(count: int, seed: int) -> Dataset:
    """Pair sentences; two of the same opinion are alike."""
    made = sentences(2 * count, seed)
    return Dataset.from_list(
        [
            {"sentence1": a["text"], "sentence2": b["text"], "score": float(a["label"] == b["label"])}
            for a, b in zip(made[::2], made[1::2], strict=True)
        ]
    )


def train_embeddings(folder: Path) -> None:
    """Train, evaluate and save."""
    words = tokenizer()
    words.save_pretrained(BASE)
    BertModel(
        BertConfig(
            vocab_size=len(words),
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=64,
            initializer_range=0.3,
        )
    ).save_pretrained(BASE)
    model = SentenceTransformer(
        modules=[Transformer(BASE), Pooling(16)],
        prompts={"query": "query: ", "document": ""},
        model_card_data=SentenceTransformerModelCardData(
            language="en", license="apache-2.0", model_name="Opinions, embedded", local_files_only=True
        ),
    )
    held_out = pairs(32, seed=2)
    evaluator = EmbeddingSimilarityEvaluator(
        held_out["sentence1"], held_out["sentence2"], held_out["score"], name="opinions-dev"
    )
    trainer = SentenceTransformerTrainer(
        model=model,
        args=SentenceTransformerTrainingArguments(
            output_dir=str(folder),
            num_train_epochs=2,
            per_device_train_batch_size=16,
            learning_rate=1e-2,
            logging_steps=2,
            eval_strategy="epoch",
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            use_cpu=True,
        ),
        train_dataset=pairs(64, seed=1),
        eval_dataset=held_out,
        loss=CosineSimilarityLoss(model),
        evaluator=evaluator,
    )
    trainer.train()
    evaluator(model, output_path=str(folder / "eval"))
    model.save_pretrained(str(folder))


if __name__ == "__main__":
    set_seed(42)
    with workplace():
        train_embeddings(Path("embeddings"))
        keep(Path("embeddings"), "sentence-transformers", "sentence-transformers", "transformers", "torch")
