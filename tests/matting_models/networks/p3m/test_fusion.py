import torch

from matting_models.networks.p3m.fusion import fuse


def test_the_likeliest_class_decides_and_unknown_leaves_it_to_the_details() -> None:
    logits = torch.tensor([[3.0, 1, 0], [0, 2, 1], [0, 1, 5]]).T.reshape(1, 3, 1, 3)
    details = torch.tensor([0.5, 0.25, 0.75]).reshape(1, 1, 1, 3)
    assert fuse(logits, details).flatten().tolist() == [0, 0.25, 1]
