"""RefMatte: composed images whose entities are described in words (Li et al., "Referring Image Matting", CVPR 2023)."""
