"""Read: annotation files of several kinds, their index, photos, masks."""
