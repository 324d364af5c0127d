"""The network in torch."""

import numpy as np
import torch
from numpy.typing import NDArray

from matting_models.errors import InputError
from matting_models.networks.mask_to_matte.network import MaskToMatteNet
from matting_models.networks.mask_to_matte.runtime import Run
from matting_models.weights import resolve_device, resolve_precision
from pipelines.labelling.matting import MattingFailed


def torch_run(tensors: dict[str, NDArray[np.float32]], device: str, precision: str) -> tuple[Run, str, str]:
    """Load weights into a torch network; see ``runtime.choose_runtime``."""
    try:
        where = resolve_device(device)
        kind = resolve_precision(precision, where)
    except InputError as error:
        raise ValueError(str(error)) from error
    network = MaskToMatteNet()
    network.load_state_dict({name: torch.from_numpy(array) for name, array in tensors.items()}, strict=False)
    network.eval().to(where)

    def run(planes: NDArray[np.float32]) -> NDArray[np.float32]:
        inputs = torch.from_numpy(planes)[None].to(where)
        try:
            with torch.inference_mode(), torch.autocast(where.type, kind, enabled=kind != torch.float32):
                alpha: NDArray[np.float32] = network(inputs)[0, 0].float().cpu().numpy()
        except torch.OutOfMemoryError as error:
            raise MattingFailed(f"out of GPU memory at {planes.shape[2]} x {planes.shape[1]} pixels") from error
        return alpha

    return run, f"torch-{torch.__version__}", str(where)
