"""The training objective: L = L_mat + lambda_R L_reg + lambda_T L_trimap (SEMat paper, equation 1)."""

import torch
from torch import Tensor

from matting_models.losses import GHMTrimapLoss, matting_loss, regularisation_loss
from matting_models.networks.semat import Output

UNKNOWN = 1
"""Class of the unknown region in a trimap of classes."""


class Objective(torch.nn.Module):
    """Holds the trimap loss's running state.

    Args:
        lambda_reg, lambda_trimap: weights of the regularisation and the trimap loss.
    """

    def __init__(self, lambda_reg: float, lambda_trimap: float) -> None:
        super().__init__()
        self.lambda_reg = lambda_reg
        self.lambda_trimap = lambda_trimap
        self.trimap_loss = GHMTrimapLoss()

    def forward(self, output: Output, alphas: Tensor, trimaps: Tensor) -> dict[str, Tensor]:
        """Every term by name, weighted terms summed as ``loss``.

        Args:
            output: of the network, with SAM logits where ``lambda_reg`` is above 0.
            alphas: (B, 1, S, S) uint8, the truth.
            trimaps: (B, S, S) uint8 classes: 0 background, 1 unknown, 2 foreground.
        """
        truth = alphas.float() / 255
        terms = matting_loss(torch.sigmoid(output.alpha_logits.float()), truth, (trimaps == UNKNOWN)[:, None])
        terms["trimap"] = self.trimap_loss(output.matting_logits, trimaps.long())
        loss = terms["matting"] + self.lambda_trimap * terms["trimap"]
        if output.sam_logits is not None and output.frozen_logits is not None:
            terms["regularisation"] = regularisation_loss(output.sam_logits, output.frozen_logits)
            loss = loss + self.lambda_reg * terms["regularisation"]
        return {"loss": loss, **terms}
