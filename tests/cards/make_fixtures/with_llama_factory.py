"""Fine-tune a tiny language model with LLaMA-Factory (``requirements-llama-factory.txt``)."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from transformers import set_seed

from tests.cards.make_fixtures.keep import keep, workplace
from tests.cards.make_fixtures.with_transformers import CHAT_TEMPLATE, tiny_llama
from tests.cards.make_fixtures.words import sentences, tokenizer

BASE = "acme/tiny-llama"
CHOSEN = {
    "top.lang": "en",
    "top.model_name": "Custom",
    "top.model_path": BASE,
    "top.finetuning_type": "lora",
    "top.template": "empty",
    "train.dataset": ["opinions"],
    "train.learning_rate": "1e-3",
    "train.compute_type": "fp32",
    "train.cutoff_len": 32,
    "train.batch_size": 4,
    "train.gradient_accumulation_steps": 2,
    "train.val_size": 0.25,
    "train.logging_steps": 5,
    "train.save_steps": 10,
    "train.lora_rank": 4,
    "train.lora_alpha": 8,
    "train.lora_target": "q_proj,v_proj",
    "train.output_dir": "opinions",
    "train.extra_args": json.dumps(
        {
            "do_eval": True,
            "max_steps": 20,
            "optim": "adamw_torch",
            "preprocessing_num_workers": 1,
            "use_cpu": True,
        }
    ),
}
"""What is chosen on the page, by the names its elements have; of the others what they show by themselves."""


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


def stand_in_for_torchaudio() -> None:
    """Let torchaudio be imported: PyPI has no build of it for CPUs, and only models of sound need it."""
    Path("stand_ins/torchaudio").mkdir(parents=True)
    Path("stand_ins/torchaudio/__init__.py").touch()
    sys.path.insert(0, str(Path("stand_ins").absolute()))
    os.environ["PYTHONPATH"] = sys.path[0]


def train_adapter() -> Path:
    """Train as the start button of its web page does, and give the folder.

    The page writes down what was chosen on it, and starts ``llamafactory-cli train`` on that.
    """
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    os.environ |= {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
    from gradio import Blocks
    from llamafactory.webui.components import create_top, create_train_tab
    from llamafactory.webui.engine import Engine

    engine = Engine()
    with Blocks() as page:
        engine.manager.add_elems("top", create_top())
        engine.manager.add_elems("train", create_train_tab(engine))
    [start] = [on_click for on_click in page.fns.values() if on_click.fn == engine.runner.run_train]
    chosen = {shown: CHOSEN.get(engine.manager.get_id_by_elem(shown), shown.value) for shown in start.inputs}
    for _ in engine.runner.run_train(chosen):
        pass
    return Path("saves/Custom/lora/opinions")


if __name__ == "__main__":
    set_seed(42)
    with workplace():
        save_base_and_data()
        stand_in_for_torchaudio()
        keep(
            train_adapter(),
            "llama-factory",
            *("llamafactory", "peft", "transformers", "torch"),
            leave_out=("checkpoint-*", "*.png", "running_log.txt"),
        )
