"""Write a tiny quantized language model as GGUF, with the library llama.cpp converts models with."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

from tests.cards.make_fixtures.keep import keep, workplace


def write_model(path: Path) -> None:
    """Write the metadata a converter writes, and three tensors of three types."""
    draw = np.random.default_rng(42)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type("model")
    writer.add_name("Tiny Llama Opinions")
    writer.add_license("apache-2.0")
    writer.add_size_label("3K")
    writer.add_base_model_count(1)
    writer.add_base_model_name(0, "Tiny Llama")
    writer.add_base_model_organization(0, "Acme")
    writer.add_base_model_repo_url(0, "https://huggingface.co/acme/tiny-llama")
    writer.add_languages(["en", "no"])
    writer.add_tags(["text-generation"])
    writer.add_context_length(64)
    writer.add_embedding_length(32)
    writer.add_block_count(2)
    writer.add_head_count(2)
    writer.add_vocab_size(32)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list([f"word{index}" for index in range(32)])
    writer.add_bos_token_id(1)
    writer.add_chat_template("{% for message in messages %}{{ message['content'] }}{% endfor %}")
    quantized = gguf.quantize(draw.random((32, 32), np.float32), gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("token_embd.weight", quantized, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("output.weight", draw.random((32, 32)).astype(np.float16))
    writer.add_tensor("output_norm.weight", draw.random(32, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    with workplace():
        folder = Path("model")
        folder.mkdir()
        write_model(folder / "tiny-llama-q8_0.gguf")
        keep(folder, "gguf", "gguf")
