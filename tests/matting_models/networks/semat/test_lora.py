import torch
from torch import nn

from matting_models.networks.semat.lora import adapters_off, add_lora


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(4, 12)
        self.proj = nn.Linear(12, 4)
        self.mlp = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.mlp(self.proj(self.qkv(x)))  # type: ignore[no-any-return]


def adapted() -> tuple[Block, Block]:
    """The same block without and with adapters."""
    torch.manual_seed(0)
    plain = Block().requires_grad_(False)
    block = Block().requires_grad_(False)
    block.load_state_dict(plain.state_dict())
    add_lora(block, rank=2, alpha=2, dropout=0.0)
    return plain, block


def test_only_named_layers_get_adapters_of_the_rank() -> None:
    _, block = adapted()
    trained = {name: tuple(p.shape) for name, p in block.named_parameters() if p.requires_grad}
    assert sorted(trained.values()) == [(2, 4), (2, 12), (4, 2), (12, 2)]
    assert not any("mlp" in name for name in trained)


def test_adapters_add_nothing_at_first_and_nothing_when_off() -> None:
    plain, block = adapted()
    x = torch.randn(3, 4)
    torch.testing.assert_close(block(x), plain(x), rtol=0, atol=0)
    with torch.no_grad():
        for parameter in block.parameters():
            if parameter.requires_grad:
                parameter.fill_(0.5)
    assert not torch.allclose(block(x), plain(x))
    with adapters_off(block):
        torch.testing.assert_close(block(x), plain(x), rtol=0, atol=0)
        assert any(p.requires_grad for p in block.parameters())
    assert not torch.allclose(block(x), plain(x))
