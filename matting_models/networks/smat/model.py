"""SMat with its weights, ready to predict."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError
from matting_models.networks.saved import load_weights, read_config
from matting_models.networks.semat.preparation import check_image
from matting_models.networks.smat.config import SMatConfig
from matting_models.networks.smat.prompts import Prompt
from matting_models.networks.smat.view import View, resized, view_of
from matting_models.weights import models_extra, overflow_text, resolve_device, resolve_precision

with models_extra("SMat"):
    import torch

from matting_models.networks.smat.network import SMatNet


class SMat:
    """See ``SMatNet``.

    Args:
        network: on its device.
        precision: of the arithmetic; the weights stay float32, autocast does the rest.

    Example:
        >>> model = SMat.from_pretrained("runs/smat")
        >>> alpha = model.predict(image, Box((40, 10, 310, 420)))  # (H, W) float32 in [0, 1]
    """

    def __init__(self, network: SMatNet, precision: torch.dtype = torch.float32) -> None:
        self._network = network.eval()
        self.precision = precision
        self._device = next(network.parameters()).device

    @classmethod
    def from_pretrained(cls, folder: str | Path, device: str = "auto", precision: str = "auto") -> "SMat":
        """Load what training or a conversion wrote.

        Args:
            folder: ``config.json`` and ``model.safetensors``.
            device: ``auto``, ``cpu`` or ``cuda``.
            precision: ``auto``, ``fp32``, ``bf16`` or ``fp16``.

        Raises:
            InputError: missing or damaged files, or of another network.
        """
        target = resolve_device(device)
        dtype = resolve_precision(precision, target)
        network = SMatNet(read_config(Path(folder), SMatConfig))
        load_weights(Path(folder), network)
        return cls(network.to(target), dtype)

    @property
    def config(self) -> SMatConfig:
        """Of the network."""
        return self._network.config

    def predict(self, image: NDArray[np.uint8], prompt: Prompt | None = None) -> NDArray[np.float32]:
        """The alpha matte of what a prompt marks; without one, of the salient foreground.

        Args:
            image: (H, W, 3) uint8, RGB, of any size.
            prompt: in pixels of the image.

        Returns:
            (H, W) float32 in [0, 1].

        Raises:
            InputError: no such image, a prompt that is empty or outside, or an overflow in half precision.
        """
        return self.predict_each(image, [prompt])[0]

    def predict_each(self, image: NDArray[np.uint8], prompts: Sequence[Prompt | None]) -> list[NDArray[np.float32]]:
        """The same for several prompts, each by itself; the backbone runs once."""
        check_image(image)
        view = self.view(image)
        empty = np.zeros(view.size, np.uint8)
        marks = [empty if prompt is None else prompt.mark(view) for prompt in prompts]
        return self.predict_marks(image, marks)

    def view(self, image: NDArray[np.uint8]) -> View:
        """At which size the network sees it."""
        return view_of(image.shape[0], image.shape[1], self.config)

    def predict_marks(self, image: NDArray[np.uint8], marks: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
        """The same from prompts that are masks already.

        Args:
            image: (H, W, 3) uint8, RGB.
            marks: each 0 and 1, of ``view(image).size``.
        """
        view = self.view(image)
        photo = np.ascontiguousarray(resized(image, view.size))
        pixels = torch.from_numpy(photo).to(self._device).permute(2, 0, 1)[None].float() / 255
        alphas = []
        with self._inference():
            seen = self._network.see(pixels)
            for mark in marks:
                prompt = torch.from_numpy(np.ascontiguousarray(mark)).to(self._device)[None, None]
                alphas.append(self._network.matte(seen, prompt).alpha[0, 0].cpu().numpy())
        if not all(np.isfinite(alpha).all() for alpha in alphas):
            raise InputError(overflow_text(self.precision))
        return [np.clip(resized(alpha, view.photo), 0, 1).astype(np.float32, copy=False) for alpha in alphas]

    @contextmanager
    def _inference(self) -> Iterator[None]:
        mixed = self.precision != torch.float32
        with (
            torch.inference_mode(),
            torch.autocast(self._device.type, dtype=self.precision if mixed else None, enabled=mixed),
        ):
            yield
