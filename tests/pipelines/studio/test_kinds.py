from pathlib import Path

import pytest

import pipelines.studio.stage.kinds as modules
from pipelines.errors import UserError
from pipelines.studio.kinds import NEED_BODY, SHARES, VERSIONS, read_shares


def test_every_kind_has_a_module_a_version_and_a_share() -> None:
    files = {path.stem for path in Path(modules.__path__[0]).glob("*.py")} - {"__init__"}
    assert files == set(VERSIONS) == set(SHARES)
    assert set(VERSIONS) >= NEED_BODY
    assert sum(SHARES.values()) == 100


def test_shares_are_read() -> None:
    assert read_shares("human=2.5, fur") == {"human": 2.5, "fur": 1.0}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("human,dogs", "kinds: 'dogs' is none; expected some of human, portrait, "),
        ("fur=0", "kinds: the share of fur is '0', expected a number above 0"),
        ("fur=much", "kinds: the share of fur is 'much', expected a number above 0"),
        ("fur=inf", "kinds: the share of fur is 'inf', expected a number above 0"),
        ("fur,fur=2", "kinds: fur is named twice"),
        (" ,", "kinds: found none in ' ,', expected for example human=3,fur=1"),
    ],
)
def test_bad_shares(text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        read_shares(text)
    assert str(caught.value).startswith(message)
