"""IconMatting: one reference with a mask, mattes of its object in other pictures."""
