import numpy as np

from matting_models.data.together import together


def test_what_shines_through_one_is_covered_by_the_other() -> None:
    first = np.array([[0, 255, 51, 128]], np.uint8)
    second = np.array([[0, 51, 51, 255]], np.uint8)
    # 1 - 0.8 * 0.8 = 0.36 of 255 is 91.8.
    assert together([first, second]).tolist() == [[0, 255, 92, 255]]
    assert together([first]).tolist() == first.tolist()
