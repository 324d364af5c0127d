"""From a mask to a matte that is kept or rejected: fuse, trimap, matte, judge, and the shards that conduct it."""
