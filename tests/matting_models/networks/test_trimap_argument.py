from pathlib import Path

import cv2
import numpy as np
import pytest

from matting_models.errors import InputError
from matting_models.networks.trimap_argument import read_trimap


def test_a_mask_is_no_trimap(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "t.png"), np.array([[0, 255]], np.uint8))
    with pytest.raises(InputError, match=r"t.png has nothing unknown, expected a pixel between 0 and 255$"):
        read_trimap(tmp_path / "t.png")
