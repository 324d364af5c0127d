"""P3M-Net with a coarse alpha beside the photo: it refines what another network found, or a person's mask."""
