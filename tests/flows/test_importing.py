import gc

import pytest

from flows.importing import importing


def test_the_collector_rests_and_is_back_whatever_happens() -> None:
    with pytest.raises(ImportError), importing():
        assert not gc.isenabled()
        raise ImportError
    assert gc.isenabled() and gc.get_freeze_count()
    gc.unfreeze()
