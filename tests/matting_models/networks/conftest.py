from pathlib import Path

import cv2
import numpy as np
import pytest


@pytest.fixture(scope="session")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four drawn discs, for training and validation."""
    root = tmp_path_factory.mktemp("discs")
    for folder in ("images", "alphas"):
        (root / folder).mkdir()
    rng = np.random.default_rng(0)
    for number in range(4):
        rows, columns = np.mgrid[:90, :110]
        alpha = np.clip((30 - np.hypot(rows - 45, columns - 40 - 8 * number)) / 4 + 0.5, 0, 1)[..., None]
        back, front = rng.integers(0, 256, (2, 3))
        photo = alpha * front + (1 - alpha) * back + rng.normal(0, 5, (90, 110, 3))
        cv2.imwrite(str(root / "images" / f"{number}.png"), np.clip(photo, 0, 255).astype(np.uint8))
        cv2.imwrite(str(root / "alphas" / f"{number}.png"), (alpha * 255).astype(np.uint8))
    sources = [
        f'[[{part}]]\nkind = "pairs"\nimages = "images"\nalphas = "alphas"\n' for part in ("train", "validation")
    ]
    (root / "recipe.toml").write_text("".join(sources))
    return root / "recipe.toml"
