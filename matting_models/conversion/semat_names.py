"""The names in a released SEMat checkpoint, and what ours are called.

Sources of the names: XiaRho/SEMat (``modeling``, ``sam2``), whose Segment Anything parts keep Meta's own names, and
transformers' SamModel, SamHQModel and Sam2Model. Adapters have peft's names on both sides.
"""

import re

from matting_models.networks.semat.config import Family

_ENCODER = r"sam_model\.image_encoder\.base_model\.model\."
_OUR_ENCODER = "backbone.model.vision_encoder."
_LAYERS_OF_THREE = (("layers.0", "proj_in"), ("layers.1", "layers.0"), ("layers.2", "proj_out"))

UNUSED = (
    (r"sam_model\.frozen_mask_decoder\.", "a second copy of mask_decoder, for the regularisation in training"),
    (
        r"sam_model\.(memory_attention\.|memory_encoder\.|maskmem_tpos_enc|no_mem_pos_enc|no_obj_ptr|mask_downsample\."
        r"|obj_ptr_proj\.)",
        "SAM2's memory of earlier frames, which a photo has not",
    ),
)
"""Beginnings of names, of any version, and why nothing is made of them."""

UNUSED_OF_SAM2 = (r"matting_decoder\.vit_feat_aggregation\.", "made, but never run by the authors' code")


def family_of(names: set[str]) -> Family | None:
    """Which Segment Anything model a checkpoint is on; None if it is no SEMat's."""
    if "sam_model.sam_mask_decoder.matting_mask_tokens.weight" in names:
        return "sam2"
    if "sam_model.mask_decoder.matting_hf_token.weight" in names:
        return "sam_hq" if "sam_model.mask_decoder.hf_token.weight" in names else "sam"
    return None


def unused(name: str, family: Family) -> str | None:
    """Why nothing is made of a tensor; None if it is needed."""
    kinds = (*UNUSED, UNUSED_OF_SAM2) if family == "sam2" else UNUSED
    return next((why for beginning, why in kinds if re.match(beginning, name)), None)


def ours(name: str, family: Family) -> str:
    """The name in the state of a ``SEMat`` of ``released`` architecture, or nonsense for a name that nobody knows."""
    for before, after in _RULES[family]:
        name = re.sub(before, after, name)
    return name


def _matting_decoder(sam2: bool) -> list[tuple[str, str]]:
    """The U: their blocks hold pairs of convolutions in a list, ours one row of layers."""
    block = r"^(matting_decoder\.)(down|up)_blks\.(\d+)\."
    rules = [
        (r"^matting_decoder\.big_kernel_process\.", "matting_decoder.stem."),
        *(
            (block + rf"basic_layer\.{pair}\.{layer}\.", rf"\1\2.\3.main.{3 * pair + layer}.")
            for pair in (0, 2)
            for layer in (0, 1, 3, 4)
        ),
        (block + r"res_layer\.", r"\1\2.\3.shortcut."),
        (r"^matting_decoder\.matting_head\.", "matting_decoder.head."),
    ]
    if sam2:
        places = ("fine", "middle", "deep", "merge")
        return rules + [
            (rf"^matting_decoder\.mid_layer\.{i}\.", f"matting_decoder.fusion.{place}.")
            for i, place in enumerate(places)
        ]
    return [
        *rules,
        (r"^matting_decoder\.vit_feat_proj\.", "matting_decoder.fusion.reduce."),
        (r"^matting_decoder\.vit_feat_aggregation\.", "matting_decoder.fusion.join."),
        (r"^matting_decoder\.mid_layer\.", "matting_decoder.fusion.merge."),
    ]


def _prompt_encoder(theirs: str) -> list[tuple[str, str]]:
    begin = rf"^sam_model\.{theirs}\."
    layers = (("0", "conv1"), ("1", "layer_norm1"), ("3", "conv2"), ("4", "layer_norm2"), ("6", "conv3"))
    return [
        (begin, "backbone.model.prompt_encoder."),
        (r"\.pe_layer\.positional_encoding_gaussian_matrix$", ".shared_embedding.positional_embedding"),
        (r"\.point_embeddings\.", ".point_embed."),
        *((rf"\.mask_downscaling\.{i}\.", f".mask_embed.{place}.") for i, place in layers),
    ]


def _mask_decoder(theirs: str) -> list[tuple[str, str]]:
    begin = r"^(backbone\.model\.mask_decoder\.)"
    return [
        (rf"^sam_model\.{theirs}\.", "backbone.model.mask_decoder."),
        (begin + r"(transformer\.layers\.\d+\.)norm(\d)\.", r"\1\2layer_norm\3."),
        (begin + r"transformer\.norm_final_attn\.", r"\1transformer.layer_norm_final_attn."),
        (begin + r"output_upscaling\.0\.", r"\1upscale_conv1."),
        (begin + r"output_upscaling\.1\.", r"\1upscale_layer_norm."),
        (begin + r"output_upscaling\.3\.", r"\1upscale_conv2."),
        (begin + r"hf_token\.", r"\1hq_token."),
        (begin + r"hf_mlp\.", r"\1hq_mask_mlp."),
        *(
            (begin + rf"{their}\.{i}\.", rf"\1{our}_{place}.")
            for their, our in (
                ("compress_vit_feat", "compress_vit"),
                ("embedding_encoder", "encoder"),
                ("embedding_maskfeature", "mask"),
            )
            for i, place in (("0", "conv1"), ("1", "norm"), ("3", "conv2"))
        ),
        *(
            (
                begin
                + rf"((output_hypernetworks_mlps\.\d+|iou_prediction_head|hq_mask_mlp|pred_obj_score_head)\.){i}\.",
                rf"\1\2{place}.",
            )
            for i, place in ((re.escape(their), our) for their, our in _LAYERS_OF_THREE)
        ),
    ]


_VIT: list[tuple[str, str]] = [
    (_ENCODER, _OUR_ENCODER),
    (r"^(backbone\.model\.vision_encoder\.)patch_embed\.proj\.", r"\1patch_embed.projection."),
    (r"^(backbone\.model\.vision_encoder\.)blocks\.(\d+)\.norm(\d)\.", r"\1layers.\2.layer_norm\3."),
    (r"^(backbone\.model\.vision_encoder\.)blocks\.", r"\1layers."),
    *(
        (rf"^(backbone\.model\.vision_encoder\.neck\.){i}\.", rf"\1{place}.")
        for i, place in enumerate(("conv1", "layer_norm1", "conv2", "layer_norm2"))
    ),
    (r"^condition_layer\.patch_embed\.proj\.", "box_prompt.projection."),
    (r"^sam_model\.mask_decoder\.matting_hf_token\.", "matting_adapter.tokens."),
    *(
        (rf"^sam_model\.mask_decoder\.matting_hf_mlp\.layers\.{i}\.", f"matting_adapter.mlp.layers.{2 * i}.")
        for i in range(3)
    ),
    (r"^sam_model\.mask_decoder\.matting_compress_vit_feat\.", "matting_adapter.from_shallow."),
    (r"^sam_model\.mask_decoder\.matting_embedding_encoder\.", "matting_adapter.from_deep."),
    (r"^sam_model\.mask_decoder\.matting_embedding_maskfeature\.", "matting_adapter.from_upscaled."),
    *_prompt_encoder("prompt_encoder"),
    *_mask_decoder("mask_decoder"),
    *_matting_decoder(sam2=False),
]  # fmt: skip

_HIERA: list[tuple[str, str]] = [
    (_ENCODER + r"trunk\.", _OUR_ENCODER + "backbone."),
    (_ENCODER, _OUR_ENCODER),
    (r"^backbone\.model\.vision_encoder\.backbone\.bbox_mask_patch_embed\.proj\.", "box_prompt.projection."),
    (r"^(backbone\.model\.vision_encoder\.backbone\.)patch_embed\.proj\.", r"\1patch_embed.projection."),
    (r"^(backbone\.model\.vision_encoder\.backbone\.blocks\.\d+\.)norm(\d)\.", r"\1layer_norm\2."),
    (r"^(backbone\.model\.vision_encoder\.neck\.convs\.\d+\.)conv\.", r"\1"),
    (r"^sam_model\.no_mem_embed$", "backbone.model.no_memory_embedding"),
    (r"^sam_model\.sam_mask_decoder\.matting_mask_tokens\.", "matting_adapter.tokens."),
    (r"^sam_model\.sam_mask_decoder\.matting_output_hypernetworks_mlps\.", "matting_adapter.mlps."),
    *((rf"^(matting_adapter\.mlps\.\d+\.){re.escape(their)}\.", rf"\1{our}.") for their, our in _LAYERS_OF_THREE),
    *(
        (rf"^sam_model\.sam_mask_decoder\.matting_output_upscaling\.{i}\.", f"matting_adapter.{place}.")
        for i, place in (("0", "upscale_conv1"), ("1", "upscale_norm"), ("3", "upscale_conv2"))
    ),
    *_prompt_encoder("sam_prompt_encoder"),
    *_mask_decoder("sam_mask_decoder"),
    (r"^(backbone\.model\.mask_decoder\.transformer\..*)\.out_proj\.", r"\1.o_proj."),
    (r"^(backbone\.model\..*\.mlp\.)layers\.0\.", r"\1proj_in."),
    (r"^(backbone\.model\..*\.mlp\.)layers\.1\.", r"\1proj_out."),
    *_matting_decoder(sam2=True),
]

_RULES: dict[Family, list[tuple[str, str]]] = {"sam": _VIT, "sam_hq": _VIT, "sam2": _HIERA}
