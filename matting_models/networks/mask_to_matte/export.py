"""Write the network's operations for ONNX Runtime: ``python -m matting_models.networks.mask_to_matte.export``.

Needed only when ``network.py`` changes. The weights stay outside, in the safetensors file that torch reads too: the
graph names them as external data, and ``runtime.py`` hands them over.
"""

import tempfile
import warnings
from pathlib import Path

import onnx
import torch

from matting_models.networks.mask_to_matte.features import CHANNELS
from matting_models.networks.mask_to_matte.network import MaskToMatteNet
from matting_models.networks.mask_to_matte.runtime import GRAPH
from matting_models.networks.mask_to_matte.view import STRIDE
from pipelines.storage.files import write_whole

OPSET = 18


def graph() -> bytes:
    """The network as ONNX without weights, for inputs of any height and width."""
    torch.manual_seed(0)
    network = MaskToMatteNet().eval()
    for tensor in network.state_dict().values():  # equal tensors would be written once
        if tensor.dtype.is_floating_point:
            tensor.uniform_(0.5, 1.5)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        written = Path(folder) / GRAPH
        # The exporter that torch prefers renames the weights.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (torch.zeros(1, CHANNELS, 2 * STRIDE, 3 * STRIDE),),
            written,
            dynamo=False,
            opset_version=OPSET,
            training=torch.onnx.TrainingMode.PRESERVE,  # keeps batch norm, and so the weights, as they are named
            do_constant_folding=False,
            input_names=["planes"],
            output_names=["alpha"],
            dynamic_axes={"planes": {2: "height", 3: "width"}, "alpha": {2: "height", 3: "width"}},
        )
        model = onnx.load(written)
    for tensor in model.graph.initializer:
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="weights")
    return bytes(model.SerializeToString(deterministic=True))


if __name__ == "__main__":
    path = Path(__file__).with_name(GRAPH)
    write_whole(path, graph())
    print(path)
