"""Give the tiny models something to learn: short sentences, and a tokenizer that knows their words."""

from __future__ import annotations

import random
from typing import Any

from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

_THINGS = ("library", "tutorial", "release", "model", "dataset", "notebook")
_GOOD = ("clear", "fast", "kind", "useful")
_BAD = ("broken", "slow", "rude", "useless")
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def sentences(count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Make up ``count`` sentences, each labelled 1 when it praises and 0 when it complains.

    One label in ten is wrong, so that no model gets everything right.
    """
    draw = random.Random(seed)
    made = []
    for _ in range(count):
        label = draw.randrange(2)
        opinion = draw.choice(_GOOD if label else _BAD)
        if draw.random() < 0.1:
            label = 1 - label
        made.append({"text": f"the {draw.choice(_THINGS)} is {opinion}", "label": label})
    return made


def tokenizer(**settings: Any) -> PreTrainedTokenizerFast:
    """Build a tokenizer that knows every word of ``sentences`` and nothing else."""
    words = [*_SPECIAL, "the", "is", "user", "assistant", ":", "?", *_THINGS, *_GOOD, *_BAD]
    backend = Tokenizer(
        models.WordLevel({word: index for index, word in enumerate(words)}, unk_token="[UNK]")
    )
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.post_processor = processors.BertProcessing(
        ("[SEP]", words.index("[SEP]")), ("[CLS]", words.index("[CLS]"))
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=64,
        **settings,
    )
