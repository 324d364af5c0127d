"""What it means for whoever reads an output that its manifest cannot be read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from pipelines.errors import StoreError, UserError
from pipelines.storage.manifest import SchemaVersionError


@contextmanager
def readable(out: Path) -> Iterator[None]:
    """Read parts of an output's manifest within the block.

    Raises:
        UserError: one of them is damaged, missing or of another schema version.
        OSError: the disk, or a store, does not answer.
    """
    try:
        yield
    except SchemaVersionError as error:
        raise UserError(str(error)) from None
    except StoreError:
        raise
    except (pa.ArrowException, OSError) as error:
        # Arrow says of damaged pages that they are an OSError without a number.
        if isinstance(error, OSError) and error.errno is not None and not isinstance(error, FileNotFoundError):
            raise
        mend = f"python -m pipelines.verify {out}"
        raise UserError(f"{out}: the manifest is damaged ({error}); {mend} tells more") from None
