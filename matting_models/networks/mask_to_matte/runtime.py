"""What evaluates the network: ONNX Runtime, or torch on a GPU."""

from collections.abc import Callable
from importlib import metadata, resources
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

Planes = NDArray[np.float32]
Run = Callable[[Planes], Planes]
"""(CHANNELS, H, W) float32, sides multiples of the network's stride, to alpha, (H, W) float32 in [0, 1]."""

GRAPH = "graph.onnx"
"""The network's operations without its weights, which are the same for all weights."""


def choose_runtime(tensors: dict[str, Planes], device: str, precision: str) -> tuple[Run, str, str]:
    """Load weights into what evaluates them.

    Args:
        tensors: the network's state by name.
        device: ``auto``, ``cpu`` or ``cuda``.
        precision: ``auto``, ``fp32``, ``bf16`` or ``fp16``; of the GPU's arithmetic. The CPU's is fp32.

    Returns:
        The network, the name and version of what runs it, and the device.

    Raises:
        ValueError: CUDA was asked for and is not to be had, or another precision than fp32 on the CPU.
    """
    if device == "cuda" or (device == "auto" and _cuda()):
        from matting_models.networks.mask_to_matte.torch_runtime import torch_run

        return torch_run(tensors, device, precision)
    if precision not in ("auto", "fp32"):
        raise ValueError(f"mask-to-matte runs in fp32 on the CPU, but precision {precision} was asked for")
    return onnx_run(tensors), f"onnxruntime-{metadata.version('onnxruntime')}", "cpu"


def _cuda() -> bool:
    if find_spec("torch") is None:
        return False
    import torch

    return bool(torch.cuda.is_available())


def onnx_run(tensors: dict[str, Planes]) -> Run:
    """The network in ONNX Runtime, on one thread: workers are processes, and results must not depend on how many."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    names = list(tensors)
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(tensors[name])) for name in names]
    options.add_external_initializers(names, values)
    graph = (resources.files(__package__) / GRAPH).read_bytes()
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def run(planes: Planes) -> Planes:
        alpha: Planes = session.run(None, {"planes": planes[None]})[0][0, 0]
        return alpha

    return run
