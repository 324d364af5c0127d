"""Which expression of a test image evaluation uses, where there is to be one for each entity."""

from hashlib import sha256


def chosen_index(image_name: str, fewest: int) -> int:
    """Index into the expressions of every entity of an image: any kind as often as another, always the same.

    Args:
        image_name: of the image, without its ending.
        fewest: expressions that each of its entities has at least; 1 or more.
    """
    return int(sha256(image_name.encode()).hexdigest()[:8], 16) % fewest
