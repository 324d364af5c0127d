import numpy as np
import torch

from matting_models.networks.semat.pictures import sheet_row


def test_four_cells_in_their_order() -> None:
    size = 64
    image = torch.zeros(3, size, size, dtype=torch.uint8)
    image[1] = 200
    logits = torch.full((3, size, size), -50.0)
    logits[0, :, :16], logits[1, :, 16:32], logits[2, :, 32:] = 50.0, 50.0, 50.0
    alpha = torch.full((size, size), 0.25)
    truth = torch.full((size, size), 255, dtype=torch.uint8)
    sheet = sheet_row(image, torch.tensor([16.0, 16.0, 48.0, 48.0]), logits, alpha, truth)
    assert sheet.shape == (256, 1024, 3)
    photo, trimap, predicted, true = np.split(sheet, 4, axis=1)
    assert photo[4, 4].tolist() == [0, 200, 0]
    assert photo[128, 66, 0] > 200  # the box's left side is red
    assert [int(v) for v in trimap[128, (20, 96, 200), 0]] == [0, 128, 255]
    assert predicted[9, 9].tolist() == [64] * 3
    assert true[9, 9].tolist() == [255] * 3
