"""Build a tiny ONNX model with the ONNX library, and the same with its weights in a file beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tests.cards.make_fixtures.keep import keep, workplace


def classifier() -> onnx.ModelProto:
    """Describe pictures in, three scores out: a convolution, and a matrix in half precision."""
    draw = np.random.default_rng(42)
    kernels = numpy_helper.from_array(draw.random((4, 1, 3, 3), np.float32), "kernels")
    matrix = numpy_helper.from_array(draw.random((4, 3)).astype(np.float16), "matrix")
    nodes = [
        helper.make_node("Conv", ["picture", "kernels"], ["edges"]),
        helper.make_node("GlobalAveragePool", ["edges"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Cast", ["matrix"], ["wide"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["flat", "wide"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny_pictures",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["batch", 1, 8, 8])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", 3])],
        [kernels, matrix],
        doc_string="Tells three kinds of pictures apart.",
    )
    model = helper.make_model(
        graph,
        producer_name="pytorch",
        producer_version="2.13.0",
        opset_imports=[helper.make_opsetid("", 20)],
        ir_version=10,
    )
    helper.set_model_props(model, {"license": "apache-2.0", "author": "acme"})
    onnx.checker.check_model(model, full_check=True)
    return model


if __name__ == "__main__":
    with workplace():
        folder = Path("model")
        folder.mkdir()
        onnx.save(classifier(), folder / "model.onnx")
        onnx.save(
            classifier(),
            folder / "model_external.onnx",
            save_as_external_data=True,
            location="model_external.onnx_data",
            size_threshold=0,
        )
        keep(folder, "onnx", "onnx")
