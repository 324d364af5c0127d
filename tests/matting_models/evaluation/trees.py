"""Miniature trees of the benchmarks, laid out as their authors do."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

SIZE = (48, 64)
"""Height and width."""


def disc(seed: int, soft: float = 6.0) -> NDArray[np.uint8]:
    """An alpha: a disc with a soft edge, elsewhere for every seed."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    centre = rng.uniform(16, 32), rng.uniform(20, 44)
    return np.clip((14 - np.hypot(y - centre[0], x - centre[1])) * 255 / soft + 127, 0, 255).astype(np.uint8)


def trimap_of(alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.where(alpha == 0, 0, np.where(alpha == 255, 255, 128)).astype(np.uint8)


def photo_of(alpha: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    colour, behind = rng.integers(120, 255, 3), rng.integers(0, 100, 3)
    share = alpha[:, :, None] / 255
    return (share * colour + (1 - share) * behind).astype(np.uint8)


def write(path: Path, pixels: NDArray[np.uint8]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)
    return path


def _pairs(
    base: Path, names: tuple[str, ...], image: str, matte: str, trimap: str | None, ending: str = ".jpg"
) -> None:
    for seed, name in enumerate(names):
        alpha = disc(seed)
        write(base / image / f"{name}{ending}", photo_of(alpha, seed))
        write(base / matte / f"{name}.png", alpha)
        if trimap:
            write(base / trimap / f"{name}.png", trimap_of(alpha))


def p3m(root: Path) -> Path:
    _pairs(root / "validation" / "P3M-500-NP", ("p_1", "p_2"), "original_image", "mask", "trimap")
    return root


def aim(root: Path) -> Path:
    _pairs(root, ("o_1", "o_2", "o_3"), "original", "mask", "trimap")
    return root


def am(root: Path) -> Path:
    _pairs(root / "validation", ("m_1", "m_2"), "original", "mask", "trimap")
    return root


def rwp(root: Path) -> Path:
    _pairs(root / "RealWorldPortrait-636", ("02_0030_input", "02_0031_input"), "image", "alpha", None)
    return root


def rw100(root: Path) -> Path:
    for seed, (photo, number) in enumerate((("a_b", 0), ("a_b", 1), ("c", 0))):
        alpha = disc(seed)
        write(root / "RefMatte_RW_100" / "image_all" / f"{photo}.jpg", photo_of(alpha, seed))
        write(root / "RefMatte_RW_100" / "mask" / f"{photo}_{number}.png", alpha)
    (root / "RefMatte_RW_100" / "refmatte_rw100_label.json").write_text("{}")
    return root


def sim(root: Path) -> Path:
    for name in ("defocus", "fire"):
        folder = root / "generated_testset" / name
        _pairs(folder, ("x_2008_000902", "y_2009_001054"), "merged", "alpha", "trimap", ".png")
    return root


def him2k(root: Path) -> Path:
    for subset, images in (("comp", ("c1",)), ("natural", ("n1", "n2"))):
        for seed, name in enumerate(images):
            alphas = [disc(10 * seed + i) for i in range(2)]
            write(root / "HIM2K" / "images" / subset / f"{name}.jpg", photo_of(np.maximum(*alphas), seed))
            for i, alpha in enumerate(alphas):
                write(root / "HIM2K" / "alphas" / subset / name / f"{i:02d}.png", alpha)
    return root


def composition(root: Path) -> Path:
    base = root / "Combined_Dataset" / "Test_set" / "Adobe-licensed images"
    for seed, name in enumerate(("boy-1518482_1920_9_img", "dandelion")):
        alpha = disc(seed)
        write(base / "alpha" / f"{name}.png", alpha)
        write(base / "fg" / f"{name}.png", photo_of(alpha, seed))
        for i in range(2):
            write(base / "trimaps" / f"{name}_{i}.png", trimap_of(alpha))
            write(base / "merged" / f"{name}_{i}.png", photo_of(alpha, 10 * i + seed))
    return root


def composition_copied(root: Path) -> Path:
    _pairs(root, ("x_0", "x_1"), "merged", "alpha_copy", "trimaps", ".png")
    return root


def alphamatting(root: Path) -> Path:
    for seed, name in enumerate(("GT01", "GT02")):
        alpha = disc(seed)
        write(root / "input_training_lowres" / f"{name}.png", photo_of(alpha, seed))
        write(root / "gt_training_lowres" / f"{name}.png", np.repeat(alpha[:, :, None], 3, axis=2))  # they are RGB
        for kind in ("Trimap1", "Trimap2"):
            write(root / "trimap_training_lowres" / kind / f"{name}.png", trimap_of(alpha))
    return root


def icm57(root: Path) -> Path:
    """Three photos of one dog, two of one cup, one of another."""
    names = ("cup_1", "cup_2", "dog_1", "dog_2", "dog_3", "red cup")
    _pairs(root / "ICM57", names, "image", "alpha", "trimap")
    kinds = {
        name: {"dataset_name": "ICM57", "class": name[:3], "sub_class": None, "HalfOrFull": None} for name in names
    }
    (root / "ICM57.json").write_text(json.dumps(kinds))
    return root


TREES: dict[str, tuple[Callable[[Path], Path], list[str]]] = {
    "p3m-500-np": (p3m, ["p_1", "p_2"]),
    "aim-500": (aim, ["o_1", "o_2", "o_3"]),
    "am-2k": (am, ["m_1", "m_2"]),
    "rwp-636": (rwp, ["02_0030_input", "02_0031_input"]),
    "refmatte-rw100": (rw100, ["a_b_0", "a_b_1", "c_0"]),
    "icm-57": (icm57, ["cup_1", "cup_2", "dog_1", "dog_2", "dog_3", "red cup"]),
    "sim": (sim, [f"{c}/{n}" for c in ("defocus", "fire") for n in ("x_2008_000902", "y_2009_001054")]),
    "him2k": (him2k, ["comp/c1", "natural/n1", "natural/n2"]),
    "him2k-comp": (him2k, ["comp/c1"]),
    "him2k-natural": (him2k, ["natural/n1", "natural/n2"]),
    "composition-1k": (composition, [f"{n}_{i}" for n in ("boy-1518482_1920_9_img", "dandelion") for i in range(2)]),
    "alphamatting": (alphamatting, [f"Trimap{k}/GT0{i}" for k in (1, 2) for i in (1, 2)]),
}
"""What makes a benchmark's tree, and the ids of its samples."""
