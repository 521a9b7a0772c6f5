"""Write the weights of the network that ships as a script for the pad: ``make model`` calls it.

In half precision they are a third of a megabyte as text. Inlined in a script, they can be loaded
by a page that was opened from a folder.
"""

import base64
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from digitlib.recognizer import SHIPPED_MODEL

ROOT = Path(__file__).resolve().parent.parent
WEIGHTS = ROOT / "book" / "_static" / "pad" / "weights.js"
LICENSE = "// The weights of digits.onnx in half precision, written by tools/pad_weights.py."


def packed(array: np.ndarray) -> str:
    """Return numbers in half precision, row after row, as text."""
    return base64.b64encode(array.astype("<f2").tobytes()).decode()


def weights(model: onnx.ModelProto) -> dict:
    """Return what ``recognizer.load`` of the pad reads.

    Parameters
    ----------
    model : onnx.ModelProto
        The network for 28 x 28 images: three convolutions and a dense layer with eleven answers.

    Returns
    -------
    dict
        Convolutions with their shape, stride and frame; the dense layer and its bias.

    Raises
    ------
    ValueError
        If the model has other layers.
    """
    graph = model.graph
    stored = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    convolutions = []
    for node in graph.node:
        if node.op_type != "Conv":
            continue
        options = {one.name: list(one.ints) for one in node.attribute}
        kernel, bias = (stored[name] for name in node.input[1:])
        convolutions.append(
            {
                "shape": list(kernel.shape),
                "stride": options["strides"][0],
                "pad": options.get("pads", [0])[0],
                "weights": packed(kernel),
                "bias": packed(bias),
            }
        )
    dense = [stored[node.input[1]] for node in graph.node if node.op_type == "MatMul"]
    biases = [stored[node.input[1]] for node in graph.node if node.op_type == "Add"]
    kinds = [node.op_type for node in graph.node if node.op_type in ("Conv", "MaxPool", "MatMul")]
    if kinds != ["Conv", "Conv", "MaxPool", "Conv", "MatMul", "MatMul"] or len(biases) != 1:
        raise ValueError(f"expected the layers that the pad computes, found {kinds}")
    return {
        "convolutions": convolutions,
        "dense": packed(dense[0]),
        "denseBias": packed(biases[0]),
    }


def main() -> None:
    """Write the script."""
    text = json.dumps(weights(onnx.load(SHIPPED_MODEL)), indent=1)
    WEIGHTS.write_text(f"{LICENSE}\nglobalThis.PAD_WEIGHTS = {text};\n")
    print(f"wrote {WEIGHTS.relative_to(ROOT)}, {WEIGHTS.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
