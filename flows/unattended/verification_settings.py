"""Settings of the verification flow."""

from pipelines.config import Settings
from pipelines.storage.stores import Place


class VerificationConfig(Settings):
    """What is checked."""

    out: Place
    """Output folder or URL of a labelling, propagation or RefMatte run."""
    images: Place | None = None
    """Folder or URL of its photos, to hash them as well."""
    repair: bool = False
    """Clear away what is off, so that the next run makes it again."""
