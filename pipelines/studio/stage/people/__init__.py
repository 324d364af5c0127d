"""People: MakeHuman's body in random shapes and poses, dressed, with hair and things."""
