import numpy as np
import torch

from matting_models.networks.net_m.inputs import network_inputs, planes_of


def test_mirrored_at_the_bottom_and_right() -> None:
    classes = np.arange(30 * 31).reshape(30, 31).astype(np.uint8) % 3
    image = np.arange(30 * 31 * 3).reshape(30, 31, 3).astype(np.uint8)
    planes = planes_of(image, classes)
    assert planes.shape == (4, 32, 32)
    np.testing.assert_array_equal(planes[:3, :30, :31], image.transpose(2, 0, 1))
    np.testing.assert_array_equal(planes[3, 30:, :31], classes[[28, 27]])
    np.testing.assert_array_equal(planes[3, :30, 31], classes[:, 29])


def test_small_pictures_repeat_their_edge() -> None:
    planes = planes_of(np.full((1, 2, 3), 7, np.uint8), np.array([[0, 2]], np.uint8))
    assert planes.shape == (4, 32, 32)
    assert (planes[3] == [0] + [2] * 31).all()


def test_one_hot_in_the_order_of_the_classes() -> None:
    planes = torch.tensor([255, 51, 0, 1], dtype=torch.uint8)[None, :, None, None]
    image, trimap = network_inputs(planes)
    torch.testing.assert_close(image.flatten(), torch.tensor([1, 0.2, 0]))
    assert trimap.flatten().tolist() == [0, 1, 0]
