"""The multilayer perceptron that turns an output token into the weights of a mask."""

from torch import Tensor, nn


class TokenMLP(nn.Module):
    """Three linear layers, C -> C -> C -> C / 8, with ReLU between, as SAM's hypernetworks."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width // 8)
        )

    def forward(self, tokens: Tensor) -> Tensor:
        mapped: Tensor = self.layers(tokens)
        return mapped
