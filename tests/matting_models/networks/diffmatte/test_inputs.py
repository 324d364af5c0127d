import numpy as np
import torch

from matting_models.networks.diffmatte.inputs import network_inputs, planes_of


def test_nothing_beyond_the_picture() -> None:
    image = np.full((1, 3, 3), 51, np.uint8)
    planes = planes_of(image, np.array([[0, 1, 2]], np.uint8))
    photo, trimap = network_inputs(torch.from_numpy(planes)[None])
    assert photo.shape == trimap.shape == (1, 3, 32, 32)
    torch.testing.assert_close(photo[0, :, 0, :4], torch.tensor([0.2, 0.2, 0.2, 0]).expand(3, 4))
    assert trimap[0, :, 0, :4].T.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert trimap.sum() == 3
