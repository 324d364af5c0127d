"""Net-M: an alpha matte from a photo and a trimap."""
