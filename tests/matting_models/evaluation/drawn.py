"""Pictures of blocks from a seed, in whole numbers only, so that they are the same wherever they are drawn."""

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]


def drawn_photo(height: int, width: int, seed: int) -> Grey:
    """(H, W, 3): noise."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def drawn_truth(height: int, width: int, seed: int) -> Grey:
    """(H, W): blocks of 0, of 255 and of grey, in several pieces; nothing near the borders."""
    cell = max(3, width // 20)
    some = np.random.default_rng(seed).integers(-150, 400, (height // cell + 1, width // cell + 1)).clip(0, 255)
    truth = np.kron(some, np.ones((cell, cell), np.int64))[:height, :width].astype(np.uint8)
    truth[: height // 5] = truth[-(height // 7) :] = 0
    truth[:, : width // 6] = truth[:, -(width // 8) :] = 0
    return truth


def drawn_prediction(truth: Grey, size: tuple[int, int], seed: int) -> Grey:
    """The truth in another size, with noise."""
    rows, columns = (np.arange(new) * old // new for new, old in zip(size, truth.shape, strict=True))
    noise = np.random.default_rng(seed + 100).integers(-40, 41, size)
    return (truth[rows][:, columns].astype(np.int64) + noise).clip(0, 255).astype(np.uint8)


def drawn_trimap(height: int, width: int) -> Grey:
    """(H, W): unknown but for the left quarter and the lower third."""
    trimap = np.full((height, width), 128, np.uint8)
    trimap[:, : width // 4] = 0
    trimap[-(height // 3) :, width // 2 :] = 255
    return trimap
