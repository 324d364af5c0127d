"""SEMat in training, prediction and evaluation; the network itself is ``matting_models.semat``."""
