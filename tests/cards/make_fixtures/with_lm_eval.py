"""Evaluate a tiny language model with lm-evaluation-harness: on everything, and with a limit (torch)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from transformers import set_seed

from tests.cards.make_fixtures.keep import keep, workplace
from tests.cards.make_fixtures.with_peft import BASE
from tests.cards.make_fixtures.with_transformers import tiny_llama
from tests.cards.make_fixtures.words import sentences, tokenizer

TASK = """
task: opinions
dataset_path: json
dataset_kwargs:
  data_files: {test: tasks/opinions.jsonl}
test_split: test
output_type: multiple_choice
doc_to_text: "{{text}} ?"
doc_to_choice: ["rude", "kind"]
doc_to_target: label
metric_list:
  - {metric: acc, aggregation: mean, higher_is_better: true}
  - {metric: acc_norm, aggregation: mean, higher_is_better: true}
metadata: {version: 1.0}
"""


def evaluate(output: str, *more: str) -> None:
    """Run the harness as people do, from the command line."""
    arguments = ["--model", "hf", "--model_args", f"pretrained={BASE},dtype=float32", "--device", "cpu"]
    arguments += ["--tasks", "opinions", "--include_path", "tasks", "--output_path", output]
    subprocess.run([sys.executable, "-m", "lm_eval", "run", *arguments, *more], check=True)
    for path in Path(output).rglob("results_*.json"):
        results = json.loads(path.read_text("utf-8"))
        results["pretty_env_info"] = "left out: a page about the machine it ran on"
        path.write_text(json.dumps(results, indent=2, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    set_seed(42)
    with workplace():
        words = tokenizer(bos_token="[CLS]", eos_token="[SEP]")
        words.save_pretrained(BASE)
        tiny_llama(len(words)).save_pretrained(BASE)
        Path("tasks").mkdir()
        Path("tasks/opinions.yaml").write_text(TASK, "utf-8")
        rows = "".join(json.dumps(row) + "\n" for row in sentences(24, seed=4))
        Path("tasks/opinions.jsonl").write_text(rows, "utf-8")
        evaluate("whole")
        keep(Path("whole"), "lm-eval", "lm-eval", "transformers", "torch")
        evaluate("limited", "--limit", "8", "--num_fewshot", "2")
        keep(Path("limited"), "lm-eval-limited", "lm-eval", "transformers", "torch")
