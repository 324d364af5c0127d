"""Net-T and Net-M as one network: a matte from a photo and a coarse mask."""
