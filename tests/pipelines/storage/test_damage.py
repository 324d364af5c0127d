from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.errors import StoreError, UserError
from pipelines.storage.damage import readable
from pipelines.storage.manifest import SchemaVersionError


@pytest.mark.parametrize(
    "error", [pa.ArrowInvalid("no magic"), OSError("bad checksum"), FileNotFoundError(2, "No such file", "part")]
)
def test_a_damaged_part_is_said(error: Exception) -> None:
    said = "^out: the manifest is damaged \\(.+\\); python -m pipelines.verify out tells more$"
    with pytest.raises(UserError, match=said), readable(Path("out")):
        raise error


def test_another_schema_version_is_said() -> None:
    with pytest.raises(UserError, match="^version 99$"), readable(Path("out")):
        raise SchemaVersionError("version 99")


@pytest.mark.parametrize("error", [StoreError("no answer"), OSError(5, "Input/output error")])
def test_a_disk_or_store_that_fails_is_no_damage(error: OSError) -> None:
    with pytest.raises(type(error)) as raised, readable(Path("out")):
        raise error
    assert raised.value is error
