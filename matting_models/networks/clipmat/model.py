"""CLIPMat with its weights, ready to predict."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError
from matting_models.networks.clipmat.config import CLIPMatConfig
from matting_models.networks.clipmat.prompts import prompt_of
from matting_models.networks.saved import load_weights, read_config
from matting_models.networks.semat.preparation import check_image
from matting_models.networks.smat.view import resized
from matting_models.refmatte_layout import KEYWORD, Text
from matting_models.weights import models_extra, overflow_text, resolve_device, resolve_precision

with models_extra("CLIPMat"):
    import torch
    import torch.nn.functional as F
    from torch import Tensor

from matting_models.networks.clipmat.network import CLIPMatNet
from matting_models.networks.clipmat.tokens import TOKENIZER_FILE, Tokens
from matting_models.networks.p3m.fusion import fuse


class CLIPMat:
    """See ``CLIPMatNet``.

    Args:
        network: on its device.
        tokens: make numbers of texts.
        precision: of the arithmetic; the weights stay float32, autocast does the rest.

    Example:
        >>> model = CLIPMat.from_pretrained("runs/clipmat")
        >>> alpha = model.predict(image, "the brown dog to the left of the girl")  # (H, W) float32 in [0, 1]
    """

    def __init__(self, network: CLIPMatNet, tokens: Tokens, precision: torch.dtype = torch.float32) -> None:
        self._network = network.eval()
        self._tokens = tokens
        self.precision = precision
        self._device = next(network.parameters()).device

    @classmethod
    def from_pretrained(cls, folder: str | Path, device: str = "auto", precision: str = "auto") -> "CLIPMat":
        """Load what training wrote.

        Args:
            folder: ``config.json``, ``model.safetensors`` and ``tokenizer.json``.
            device: ``auto``, ``cpu`` or ``cuda``.
            precision: ``auto``, ``fp32``, ``bf16`` or ``fp16``.

        Raises:
            InputError: missing or damaged files, or of another network.
        """
        target = resolve_device(device)
        dtype = resolve_precision(precision, target)
        config = read_config(Path(folder), CLIPMatConfig)
        tokens = Tokens.read(Path(folder), config.length)
        if (tokens.size, tokens.end) != (config.vocabulary, config.end):
            raise InputError(
                f"{Path(folder) / TOKENIZER_FILE} has {tokens.size} tokens and ends texts with {tokens.end}, expected "
                f"{config.vocabulary} and {config.end}: it is of another network"
            )
        network = CLIPMatNet(config)
        load_weights(Path(folder), network)
        return cls(network.to(target), tokens, dtype)

    @property
    def config(self) -> CLIPMatConfig:
        """Of the network."""
        return self._network.config

    def predict(self, image: NDArray[np.uint8], text: str) -> NDArray[np.float32]:
        """The alpha matte of what a text says.

        Args:
            image: (H, W, 3) uint8, RGB, of any size.
            text: an expression; of a network of the keyword setting, the name of a category.

        Returns:
            (H, W) float32 in [0, 1].

        Raises:
            InputError: no such image, a text that is empty or too long, or an overflow in half precision.
        """
        kind = KEYWORD if self.config.setting == KEYWORD else "given"
        return self.predict_each(image, [Text(kind, text)])[0]

    def predict_each(self, image: NDArray[np.uint8], texts: Sequence[Text]) -> list[NDArray[np.float32]]:
        """The same for several texts, each by itself; the image tower runs once."""
        check_image(image)
        ids = [torch.from_numpy(self._tokens.encode(prompt_of(text)))[None].to(self._device) for text in texts]
        photo = np.ascontiguousarray(resized(image, (self.config.side, self.config.side)))
        pixels = torch.from_numpy(photo).to(self._device).permute(2, 0, 1)[None].float() / 255
        size, alphas = (image.shape[0], image.shape[1]), []
        with self._inference():
            seen = self._network.see(pixels)
            for each in ids:
                output = self._network.matte(seen, each)
                if not (output.logits.isfinite().all() and output.details.isfinite().all()):
                    raise InputError(overflow_text(self.precision))
                alphas.append(_at(size, output.logits, output.details))
        return alphas

    @contextmanager
    def _inference(self) -> Iterator[None]:
        mixed = self.precision != torch.float32
        with (
            torch.inference_mode(),
            torch.autocast(self._device.type, dtype=self.precision if mixed else None, enabled=mixed),
        ):
            yield


def _at(size: tuple[int, int], logits: Tensor, details: Tensor) -> NDArray[np.float32]:
    """Brought to the photo's size and fused there: what is known stays 0 or 1 up to the unknown band's border.

    Fused before, the border itself would be smeared over the pixels between.
    """
    large = [F.interpolate(each, size=size, mode="bilinear", antialias=True) for each in (logits, details)]
    alpha: NDArray[np.float32] = fuse(large[0], large[1]).clamp(0, 1)[0, 0].cpu().numpy()
    return alpha
