"""Labelling half of Mask2Matte: read, fuse, trimap, judge, write, look. No torch, no Prefect."""
