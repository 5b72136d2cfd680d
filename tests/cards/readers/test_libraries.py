"""What each library left is read as what it is; the fixtures were made by the libraries themselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.cards.fact_names import artifacts
from bot.cards.facts import Reading
from bot.cards.readers import READERS
from bot.cards.reading import read_facts

FIXTURES = Path(__file__).parent.parent / "fixtures"
BY_HAND = Path(__file__).parent / "by_hand"
"""Artifacts written by hand after the source of libraries that need a GPU or a download to run."""

EXPECTED: Mapping[Path, Mapping[str, object]] = {
    FIXTURES / "transformers-trainer": {
        "architectures": ["BertForSequenceClassification"],
        "model_type": "bert",
        "labels": ["complaint", "praise"],
        "tokenizer_class": "TokenizersBackend",
        "model_max_length": 64,
        "written_by": "Trainer",
        "training_base_model": "acme/tiny-bert",
        "hyperparameter.train_batch_size": 16,
        "hyperparameter.total_train_batch_size": 32,
        "hyperparameter.lr_scheduler_type": "linear",
        "train_samples": 192,
        "test_samples": 48,
        "num_train_epochs": 4,
        "pickle": True,
    },
    FIXTURES / "transformers-sharded": {
        "dtype": "bfloat16",
        "num_key_value_heads": 1,
        "generation.temperature": 0.7,
        "generation.max_new_tokens": 32,
        "chat_template": True,
        "parameters.BF16": 3504,
    },
    FIXTURES / "peft-lora": {
        "base_model": "acme/tiny-llama",
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "lora_rank": 4,
        "lora_alpha": 8,
        "lora_dropout": 0.05,
        "target_modules": ["q_proj", "v_proj"],
        "use_rslora": True,
    },
    FIXTURES / "diffusers-pipeline": {
        "pipeline": "DDPMPipeline",
        "component.unet": "diffusers.UNet2DModel",
        "component.scheduler.num_train_timesteps": 50,
        "component.scheduler.prediction_type": "epsilon",
        "component.unet.sample_size": 8,
        "parameters": 10405,
    },
    FIXTURES / "sentence-transformers": {
        "modules": ["Transformer", "Pooling"],
        "similarity_function": "cosine",
        "prompt_names": ["query"],
        "embedding_dimension": 16,
        "pooling": ["mean"],
        "written_by": "sentence-transformers",
        "hyperparameter.num_train_epochs": 2,
    },
    FIXTURES / "trl-sft": {"written_by": "TRL", "training_method": "SFT", "framework.trl": "1.16.0"},
    FIXTURES / "trl-dpo": {"written_by": "TRL", "training_method": "DPO", "max_steps": 4},
    FIXTURES / "llama-factory": {
        "written_by": "Trainer",
        "base_model": "acme/tiny-llama",
        "lora_rank": 4,
        "training_base_model": "acme/tiny-llama",
        "training_method": "sft",
        "training_datasets": ["opinions"],
        "hyperparameter.total_train_batch_size": 8,
        "hyperparameter.val_size": 0.25,
        "train_loss": 3.2250633239746094,
        "max_steps": 20,
    },
    FIXTURES / "axolotl": {
        "written_by": "axolotl",
        "base_model": "acme/tiny-llama",
        "lora_rank": 4,
        "parameters": 448,
        "training_base_model": "acme/tiny-llama",
        "framework.axolotl": "0.19.0",
        "hyperparameter.sequence_len": 64,
        "hyperparameter.total_train_batch_size": 8,
    },
    FIXTURES / "codecarbon": {"emissions_country": "FRA", "codecarbon_version": "3.3.2"},
    FIXTURES / "lm-eval": {
        "lm_eval_version": "0.4.13",
        "lm_eval_shots.opinions": 0,
        "lm_eval_samples.opinions": 24,
        "limit": None,
    },
    FIXTURES / "lm-eval-limited": {
        "limit": 8.0,
        "lm_eval_shots.opinions": 2,
        "lm_eval_samples.opinions": 8,
        "lm_eval_all_samples.opinions": 24,
    },
    BY_HAND / "lm-eval": {
        "limit": 100.0,
        "lm_eval_version": "0.4.13",
        "lm_eval_model": "acme/tiny",
        "lm_eval.arc_easy.acc_norm,none": 0.5989057239057239,
        "lm_eval_stderr.arc_easy.acc_norm,none": 0.010057051106534378,
        "lm_eval.gsm8k.exact_match,flexible-extract": 0.24,
        "lm_eval_shots.gsm8k": 5,
        "lm_eval_samples.gsm8k": 100,
        "lm_eval_all_samples.gsm8k": 1319,
        "lm_eval_seconds": 712.0418346770001,
    },
    BY_HAND / "llama-factory": {
        "training_base_model": "acme/tiny-instruct",
        "training_datasets": ["alpaca_en_demo", "identity"],
        "training_method": "sft",
        "hyperparameter.finetuning_type": "lora",
        "hyperparameter.learning_rate": 5e-05,
        "training_log": {"step": 5, "loss": 2.3017, "learning_rate": 4.665063509461097e-05, "epoch": 1.0},
    },
    BY_HAND / "axolotl": {
        "written_by": "axolotl",
        "framework.axolotl": "0.19.0",
        "training_datasets": ["acme/opinions"],
        "hyperparameter.sequence_len": 2048,
        "card.loss": 1.2375,
        "card.memory/max_mem_active(gib)": 6.37,
    },
    BY_HAND / "trl-arguments": {"hyperparameter.beta": 0.1, "hyperparameter.bf16": True},
}


@pytest.mark.parametrize("folder", EXPECTED, ids=lambda folder: folder.name)
def test_an_artifact_is_read_as_what_it_is(folder: Path) -> None:
    reading = read_facts(folder)
    first: dict[str, object] = {}
    for fact in reading.facts:
        first.setdefault(fact.name, fact.value)
    assert {name: first.get(name) for name in EXPECTED[folder]} == EXPECTED[folder]
    assert reading.unreadable == ()


OTHERS: list[tuple[str, str, dict[str, object]]] = [
    (
        "config.json",
        '{"torch_dtype": "float16", "_name_or_path": "acme/base", "num_local_experts": 8,'
        ' "num_experts_per_tok": 2, "auto_map": {"AutoModel": "modeling.Mine"},'
        ' "quantization_config": {"quant_method": "gptq", "bits": 4}}',
        {
            "dtype": "float16",
            "name_or_path": "acme/base",
            "num_experts": 8,
            "num_experts_per_tok": 2,
            "custom_code": True,
            "quantization": "gptq",
            "quantization_bits": 4,
        },
    ),
    (
        "config.json",
        '{"_class_name": "ControlNetModel", "_diffusers_version": "0.30.0"}',
        {"diffusers_class": "ControlNetModel", "diffusers_version": "0.30.0"},
    ),
    ("config.json", '{"id2label": {"0": "LABEL_0", "1": "LABEL_1"}}', {"label_count": 2}),
    (
        "adapter_config.json",
        '{"peft_type": "PROMPT_TUNING", "num_virtual_tokens": 20, "revision": "v2", "use_dora": true,'
        ' "target_modules": "all-linear", "modules_to_save": ["score"]}',
        {
            "peft_type": "PROMPT_TUNING",
            "num_virtual_tokens": 20,
            "base_model_revision": "v2",
            "use_dora": True,
            "target_modules": "all-linear",
            "modules_to_save": ["score"],
        },
    ),
    (
        "axolotl.yml",
        "base_model: acme/base\nrl: dpo\nlearning_rate: 1e-5\n",
        {
            "training_base_model": "acme/base",
            "training_method": "dpo",
            "hyperparameter.learning_rate": 1e-5,
        },
    ),
    ("sentence_bert_config.json", '{"max_seq_length": 256, "do_lower_case": false}', {"max_seq_length": 256}),
    (
        "1_Pooling/config.json",
        '{"word_embedding_dimension": 384, "pooling_mode_cls_token": false,'
        ' "pooling_mode_mean_tokens": true}',
        {"embedding_dimension": 384, "pooling": ["mean_tokens"]},
    ),
    (
        "tokenizer_config.json",
        '{"chat_template": "{{ x }}", "model_max_length": 1e30}',
        {"chat_template": True},
    ),
    ("predict_results.json", '{"predict_bleu": 31.5}', {"predict_bleu": 31.5}),
    (
        "results_2024.json",
        '{"results": {}, "versions": {}, "config": {}, "chat_template_sha": "1f"}',
        {"lm_eval_chat_template": True},
    ),
    ("results_2024.json", '{"results": {"a": {"acc,none": 1}}}', {}),
    (
        "codecarbon.csv",
        "emissions,duration,region,cloud_provider,cloud_region,gpu_model,gpu_count\n"
        "0.5,60,,aws,eu-west-1,4 x A100,4\n",
        {
            "emissions": 0.5,
            "emissions_duration": 60.0,
            "emissions_cloud_provider": "aws",
            "emissions_cloud_region": "eu-west-1",
            "emissions_gpu": "4 x A100",
            "emissions_gpu_count": "4",
        },
    ),
]


@pytest.mark.parametrize(("file", "content", "expected"), OTHERS)
def test_what_other_versions_and_settings_leave_is_read_as_well(
    tmp_path: Path, file: str, content: str, expected: dict[str, object]
) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(content)
    reading = read_facts(tmp_path)
    assert {fact.name: fact.value for fact in reading.facts} == expected
    assert reading.unreadable == ()


def test_paths_on_a_disk_and_tokens_of_a_configuration_are_no_facts() -> None:
    told = [fact for folder in BY_HAND.iterdir() for fact in read_facts(folder).facts]
    values = [str(fact.value) for fact in told if fact.name != "training_base_model"]
    assert not [
        value for value in values if any(part in value for part in ("/home", "token", "key", "data.jsonl"))
    ]


def test_a_card_is_never_its_own_source(tmp_path: Path) -> None:
    card = (FIXTURES / "transformers-trainer/README.md").read_text()
    start = "<!-- giveback:generated training 00000000 -->\n"
    own = f"{start}### Training hyperparameters\n- seed: 7\n<!-- /giveback:generated training -->\n"
    (tmp_path / "README.md").write_text(
        card.replace("### Training hyperparameters", own + "### Training hyperparameters")
    )
    assert [fact.value for fact in read_facts(tmp_path).all("hyperparameter.seed")] == [42]


def test_the_address_of_a_run_is_taken_from_its_badge_and_no_other_link(tmp_path: Path) -> None:
    badge = '[<img src="https://x.org/b.svg" alt="Visualize in Weights & Biases" width="150"/>](https://wandb.ai/acme/runs/1)'
    card = (
        FIXTURES / "trl-sft/README.md"
    ).read_text() + "\n[demo](https://huggingface.co/spaces/acme/demo)\n"
    (tmp_path / "README.md").write_text(card)
    assert read_facts(tmp_path).get("tracking_url") is None
    (tmp_path / "README.md").write_text(f"{card}\n{badge}\n")
    [fact] = read_facts(tmp_path).all("tracking_url")
    assert fact.value == "https://wandb.ai/acme/runs/1"


def test_a_card_that_people_wrote_has_no_facts(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Mine\n\n### Training hyperparameters\n\n- seed: 7\n- Loss: 0.1\n")
    assert read_facts(tmp_path) == Reading()


def test_an_axolotl_configuration_that_is_broken_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    card = (BY_HAND / "axolotl/README.md").read_text()
    (tmp_path / "README.md").write_text(card.replace("datasets:\n  - path", "datasets: [\n  - path"))
    reading = read_facts(tmp_path)
    assert reading.get("framework.peft") is not None
    assert "axolotl configuration in it cannot be read" in reading.unreadable[0].reason


def test_runs_are_added_up_and_of_each_its_last_row_counts(tmp_path: Path) -> None:
    rows = "run_id,emissions,energy_consumed,country_iso_code\na,0.1,1,FRA\na,0.25,2,FRA\nb,0.5,4,DEU\n"
    (tmp_path / "emissions.csv").write_text(rows)
    facts = {fact.name: (fact.value, fact.key) for fact in read_facts(tmp_path).facts}
    assert facts == {
        "emissions": (0.75, "emissions (rows 2,3)"),
        "emissions_energy": (6.0, "energy_consumed (rows 2,3)"),
    }


@pytest.mark.parametrize(
    "rows",
    [
        "emissions\n",
        "emissions\nx\n",
        "emissions\n-1\n",
        "emissions\n1e308\n1e308\n",
        "emissions,emissions\n1,2\n",
        "a\n1\n",
    ],
)
def test_a_measurement_that_cannot_be_added_up_is_no_fact(tmp_path: Path, rows: str) -> None:
    (tmp_path / "emissions.csv").write_text(rows)
    reading = read_facts(tmp_path)
    assert reading.facts == ()
    assert [one.file for one in reading.unreadable] == ["emissions.csv"]


def test_weights_that_stand_there_in_another_format_as_well_are_counted_once(tmp_path: Path) -> None:
    weights = (FIXTURES / "peft-lora/adapter_model.safetensors").read_bytes()
    for name in (
        "model.safetensors",
        "model.fp16.safetensors",
        "consolidated.safetensors",
        "extra.fp16.safetensors",
    ):
        (tmp_path / name).write_bytes(weights)
    reading = read_facts(tmp_path)
    assert [fact.file for fact in reading.all("parameters")] == [
        "extra.fp16.safetensors",
        "model.safetensors",
    ]
    assert [fact.value for fact in reading.all("variant")] == ["consolidated", "fp16"]


def test_no_result_can_be_called_as_another_fact(tmp_path: Path) -> None:
    (tmp_path / "eval_results.json").write_text(
        '{"parameters": 9, "parameters.F32": 9, "limit": 9, "eval_f1": 0.5}'
    )
    assert [fact.name for fact in read_facts(tmp_path).facts] == ["eval_f1"]


def test_sizes_of_a_model_of_images_and_language_are_those_of_its_language_model(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(
        '{"image_size": 224, "text_config": {"hidden_size": 64, "image_size": 1}}'
    )
    facts = {fact.name: (fact.value, fact.key) for fact in read_facts(tmp_path).facts}
    assert facts == {"image_size": (224, "image_size"), "hidden_size": (64, "text_config.hidden_size")}


def test_every_artifact_that_is_read_is_listed_with_its_facts() -> None:
    listed = {pattern for artifact in artifacts() for pattern in artifact.files}
    assert {reader.pattern for reader in READERS} == listed
