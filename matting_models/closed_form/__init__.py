"""The closed form: Levin's matting Laplacian, solved directly."""
