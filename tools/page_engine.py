"""Write what reads photographs in a browser: the engine, the page network, the reader's settings.

``make model`` calls it. The engine is ``page_engine.wat``, compiled; the weights of the network
are stored in half precision; and the numbers that :mod:`digitlib.reading` goes by are taken from
there, so that a reader in another language has the same. All of it is one script, as a page that
was opened from a folder may load scripts alone.
"""

import base64
import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from digitlib import images
from digitlib.data import ONE_WAY
from digitlib.reading import binarize, components, finder, normalize, places
from digitlib.reading.finder import SHIPPED_FINDER
from digitlib.reading.settings import SETTINGS
from tools.pad_weights import packed

ROOT = Path(__file__).resolve().parent.parent
SOURCE = Path(__file__).with_name("page_engine.wat")
SCRIPT = ROOT / "book" / "_static" / "reader" / "network.js"
HEAD = (
    "// The engine, the weights of page.onnx in half precision, and the reader's settings, written "
    "by\n// tools/page_engine.py."
)
NAME = "globalThis.PAGE_NETWORK"


# What multiplies and adds in one step, and in two.
FUSED = re.compile(r"\(f32x4\.relaxed_madd (\(.*?\)) (\(.*?\)) (\(.*?\))\)")
IN_TWO = r"(f32x4.add \3 (f32x4.mul \1 \2))"


def engine(source: str, fused: bool) -> bytes:
    """Compile the engine.

    Parameters
    ----------
    source : str
        The content of ``page_engine.wat``.
    fused : bool
        Whether it may multiply and add in one step, which browsers with relaxed vectors know.

    Returns
    -------
    bytes
        A WebAssembly module.
    """
    # The compiler is needed where the engine is written anew, and nowhere else.
    import wasmtime

    def by_number(match: re.Match) -> str:
        return "".join(match[2].replace("#", str(number)) for number in range(int(match[1])))

    def repeated(match: re.Match) -> str:
        return "".join(
            re.sub(
                r"@(\d+)(?:\+(\d+))?",
                lambda found, turn=turn: str(turn * int(found[1]) + int(found[2] or 0)),
                match[2],
            )
            for turn in range(int(match[1]))
        )

    whole = re.sub(r";; values (\d+)\n(.*?);; done", by_number, source, flags=re.S)
    whole = re.sub(r";; repeat (\d+)\n(.*?);; end", repeated, whole, flags=re.S)
    return bytes(wasmtime.wat2wasm(whole if fused else FUSED.sub(IN_TWO, whole)))


def engines() -> dict[str, str]:
    """Return the engine in both ways, compiled, as text."""
    source = SOURCE.read_text()
    return {
        name: base64.b64encode(engine(source, fused)).decode()
        for name, fused in (("engine", False), ("fused_engine", True))
    }


def steps(model: onnx.ModelProto) -> list[dict]:
    """Return the layers of the page network in their order, as the engine takes them.

    Parameters
    ----------
    model : onnx.ModelProto
        The page network: convolutions with and without ReLU, and maps that are enlarged to twice
        their size and added to others.

    Returns
    -------
    list of dict
        Each has ``of``, the place in this list of the layer whose maps it takes, -1 for the
        picture. A convolution has ``shape``, ``stride``, ``positive`` (whether a ReLU follows),
        ``weights`` and ``bias``; otherwise ``to`` is the place of the layer that is added to.
        The last layer gives the answer.

    Raises
    ------
    ValueError
        If the model has other layers.
    """
    graph = model.graph
    stored = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    makers = {name: node for node in graph.node for name in node.output}
    layers: list[dict] = []
    # The place in the list of the layer that gives what has this name in the graph.
    made = {graph.input[0].name: -1}

    def convolution(nodes: list[onnx.NodeProto]) -> dict:
        options = {one.name: one for one in nodes[0].attribute}
        kernels = [stored[node.input[1]] for node in nodes]
        biases = [
            stored[node.input[2]] if len(node.input) > 2 else np.zeros(len(kernel), np.float32)
            for node, kernel in zip(nodes, kernels, strict=True)
        ]
        kernel, bias = np.concatenate(kernels), np.concatenate(biases)
        side, stride = kernel.shape[2], options["strides"].ints[0]
        same = side == 1 or options["auto_pad"].s == b"SAME_UPPER"
        if side not in (1, 3) or stride not in (1, side - 1) or not same:
            raise ValueError(f"expected the convolutions that the engine knows, found {nodes[0]}")
        return {
            "of": made[nodes[0].input[0]],
            "shape": list(kernel.shape),
            "stride": stride,
            "positive": False,
            "weights": packed(kernel),
            "bias": packed(bias),
        }

    def source(name: str) -> int:
        """Go back to the layer that a map was enlarged from."""
        while name not in made:
            name = makers[name].input[0]
        return made[name]

    parts = {name for node in graph.node if node.op_type == "Concat" for name in node.input}
    for node in graph.node:
        if node.op_type == "Transpose" and node.input[0] in made:
            made[node.output[0]] = made[node.input[0]]
        elif node.op_type == "Conv" and node.output[0] not in parts:
            made[node.output[0]] = len(layers)
            layers.append(convolution([node]))
        elif node.op_type == "Relu":
            made[node.output[0]] = made[node.input[0]]
            layers[made[node.input[0]]]["positive"] = True
        elif node.op_type == "Add":
            coarse, fine = map(source, node.input)
            made[node.output[0]] = len(layers)
            layers.append({"of": coarse, "to": fine})
        elif node.op_type == "Concat" and makers[node.input[0]].op_type == "Conv":
            # Three answers from the same maps are one convolution.
            layers.append(convolution([makers[name] for name in node.input]))
    left = {node.op_type for node in graph.node} - {"Conv", "Relu", "Add", "Concat", "Transpose"}
    enlarging = {
        "Unsqueeze",
        "Tile",
        "Shape",
        "Gather",
        "Cast",
        "Slice",
        "Squeeze",
        "Mul",
        "Reshape",
    }
    if left - enlarging:
        raise ValueError(f"expected the layers that the engine computes, found {left - enlarging}")
    return layers


def constants() -> dict:
    """Return the numbers of the reader's steps that are no settings."""
    return {
        "multiple": finder.MULTIPLE,
        "border": finder.BORDER,
        "smallest": finder.SMALLEST,
        "cell": places.STRIDE,
        "unit": places.UNIT,
        "same_line": components.SAME_LINE,
        "least_contrast": binarize.LEAST_CONTRAST,
        "least_light": binarize.LEAST_LIGHT,
        "middle": normalize.MIDDLE,
        "one_way": list(ONE_WAY),
        "most_pixels": images.MAX_PIXELS,
        "light_strokes": images.LIGHT_STROKES,
    }


def content() -> dict:
    """Return what the script holds besides the engine."""
    return {
        "layers": steps(onnx.load(SHIPPED_FINDER)),
        "settings": dataclasses.asdict(SETTINGS),
        "constants": constants(),
    }


def main() -> None:
    """Write the script."""
    text = json.dumps({**engines(), **content()}, indent=1)
    SCRIPT.write_text(f"{HEAD}\n{NAME} = {text};\n")
    print(f"wrote {SCRIPT.relative_to(ROOT)}, {SCRIPT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
