"""AdamW with rates of their own for the towers."""

import torch

from matting_models.networks.clipmat.network import CLIPMatNet


def make_optimiser(
    model: CLIPMatNet, rate: float, image_rate: float, text_rate: float, weight_decay: float
) -> torch.optim.AdamW:
    """What is new has the full rate, the context too, since it starts at random; frozen parameters are left out.

    Args:
        model: its parameters.
        rate: of what is new.
        image_rate, text_rate: of the towers.
        weight_decay: of all.
    """
    towers = {"image.": image_rate, "text.": text_rate}
    groups: dict[str, list[torch.nn.Parameter]] = {"": [], "image.": [], "text.": []}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            groups[next((tower for tower in towers if name.startswith(tower)), "")].append(parameter)
    return torch.optim.AdamW(
        [{"params": found, "lr": towers.get(name, rate)} for name, found in groups.items() if found],
        lr=rate,
        weight_decay=weight_decay,
    )
