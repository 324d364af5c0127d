"""How photos of any size become the network's square inputs."""

PAD_COLOUR = (124, 116, 104)
"""RGB mean of ImageNet, rounded: about zero after normalisation, which is what SAM pads with."""


def fit_size(height: int, width: int, side: int) -> tuple[int, int]:
    """Height and width of a picture scaled so that its long side is ``side``; each at least 1."""
    scale = side / max(height, width)
    return max(1, min(side, round(height * scale))), max(1, min(side, round(width * scale)))
