"""One module per kind of foreground; each has ``build``."""
