"""A network in ONNX's format, at work without the framework that trained it."""

from pathlib import Path

import numpy as np

# The trained networks that ship with the package.
MODELS_PATH = Path(__file__).parent / "models"


class OnnxNetwork:
    """A network at work on one thread, which can be sent to another process.

    Parameters
    ----------
    content : bytes
        The content of an ``.onnx`` file.
    keep_memory : bool
        Whether memory that one call needed is kept for the next. Where inputs come in all sizes,
        the memory for the largest would never be given back.

    Raises
    ------
    ValueError
        If the content is no network that ONNX Runtime can run.
    """

    def __init__(self, content: bytes, *, keep_memory: bool = True):
        import onnxruntime

        self._made_from = content, keep_memory
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        # The reader may run beside a kernel, a browser and a camera: one thread is its share,
        # and handing work of this size to a second one would cost more than it saves.
        options.intra_op_num_threads = 1
        options.enable_cpu_mem_arena = options.enable_mem_pattern = keep_memory
        try:
            self._session = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        # ONNX Runtime's exceptions share no base class below Exception.
        except Exception as error:
            raise ValueError(str(error)) from error

    @property
    def inputs(self) -> list[tuple[str, list, str]]:
        """Name, shape and type of each input; free sizes have a name or None in the shape."""
        return [(node.name, node.shape, node.type) for node in self._session.get_inputs()]

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Return the first output for the first input."""
        return self._session.run(None, {self.inputs[0][0]: values})[0]

    def __repr__(self) -> str:
        return f"ONNX network of {len(self._made_from[0]):,} bytes"

    def __reduce__(self):
        content, keep_memory = self._made_from
        return _remade, (content, keep_memory)


def _remade(content: bytes, keep_memory: bool) -> OnnxNetwork:
    return OnnxNetwork(content, keep_memory=keep_memory)
