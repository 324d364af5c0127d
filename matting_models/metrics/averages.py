"""Means over a test set whose images may have several mattes."""

from collections import defaultdict
from collections.abc import Hashable, Sequence


def mean_of_images(values: Sequence[float], images: Sequence[Hashable]) -> float:
    """Mean over the images of the mean over the mattes of each: SAD(E), MSE(E), MAD(E).

    "Referring Image Matting", supplement, section 4.2, equation 11. The plain mean over all mattes is equation 10.

    Args:
        values: one a matte.
        images: which image each matte is of.

    Returns:
        NaN if there is none.

    Raises:
        ValueError: the lengths differ.
    """
    if len(values) != len(images):
        raise ValueError(f"{len(values)} values, {len(images)} images; expected as many")
    of_image: dict[Hashable, list[float]] = defaultdict(list)
    for value, image in zip(values, images, strict=True):
        of_image[image].append(value)
    means = [sum(some) / len(some) for some in of_image.values()]
    return sum(means) / len(means) if means else float("nan")
