"""How near the joint network's mattes are to the labels', beside the masks."""

import numpy as np
import torch

from matting_models.networks.joint.batch import Instances
from matting_models.networks.joint.network import Joint
from matting_models.networks.joint.predicting import crop_alpha
from matting_models.networks.mask_to_matte.validation import picture_row, scores_of
from matting_models.training.protocol import Judged


def judge(joint: Joint, batch: Instances, pictures: int, device: torch.device) -> list[Judged]:
    """Predict instances one by one, since their sizes differ, and score them.

    Args:
        joint: in evaluation mode.
        batch: of instances.
        pictures: of so many, the first, a row of photo, mask, alpha and truth is made.
        device: where the network is.
    """
    judged = []
    for i in range(len(batch.sample_ids)):
        image, mask, truth = (x[i].cpu().numpy() for x in (batch.images, batch.masks, batch.alphas))
        alpha = np.asarray(crop_alpha(joint, image, mask, "soft", device))
        row = picture_row(image, mask, alpha, truth) if i < pictures else None
        judged.append(Judged(scores_of(alpha, mask, truth), row))
    return judged
