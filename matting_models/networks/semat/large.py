"""The large Segment Anything models that the paper trains on, with random weights.

For counting parameters and measuring speed where no weights can be had.
"""

from typing import Any

from transformers import (
    Sam2Config,
    Sam2HieraDetConfig,
    Sam2MaskDecoderConfig,
    Sam2Model,
    Sam2PromptEncoderConfig,
    Sam2VisionConfig,
    SamConfig,
    SamHQConfig,
    SamHQMaskDecoderConfig,
    SamHQModel,
    SamHQPromptEncoderConfig,
    SamHQVisionConfig,
    SamMaskDecoderConfig,
    SamModel,
    SamPromptEncoderConfig,
    SamVisionConfig,
)

from matting_models.networks.semat.config import Family

_VIT_L: dict[str, Any] = {
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "global_attn_indexes": [5, 11, 17, 23],
    "mlp_dim": 4096,
}


def large_model(family: Family) -> Any:
    """ViT-L (``sam``, ``sam_hq``) or Hiera-L (``sam2``) at 1024 x 1024, untrained.

    Under ``torch.device("meta")`` it takes no memory.
    """
    if family == "sam":
        return SamModel(
            SamConfig(
                vision_config=SamVisionConfig(**_VIT_L),
                prompt_encoder_config=SamPromptEncoderConfig(),
                mask_decoder_config=SamMaskDecoderConfig(),
            )
        )
    if family == "sam_hq":
        return SamHQModel(
            SamHQConfig(
                vision_config=SamHQVisionConfig(**_VIT_L),
                prompt_encoder_config=SamHQPromptEncoderConfig(),
                mask_decoder_config=SamHQMaskDecoderConfig(vit_dim=1024),
            )
        )
    hiera = Sam2HieraDetConfig(
        hidden_size=144,
        num_attention_heads=2,
        blocks_per_stage=[2, 6, 36, 4],
        embed_dim_per_stage=[144, 288, 576, 1152],
        num_attention_heads_per_stage=[2, 4, 8, 16],
        window_size_per_stage=[8, 4, 16, 8],
        global_attention_blocks=[23, 33, 43],
    )
    return Sam2Model(
        Sam2Config(
            vision_config=Sam2VisionConfig(backbone_config=hiera, backbone_channel_list=[1152, 576, 288, 144]),
            prompt_encoder_config=Sam2PromptEncoderConfig(),
            mask_decoder_config=Sam2MaskDecoderConfig(),
        )
    )
