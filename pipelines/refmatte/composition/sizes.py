"""How large entities are beside each other in the world."""

import tomllib
from functools import cache
from importlib.resources import files

from pipelines.refmatte.records import Group


def real_size(group: Group, category: str) -> float:
    """Metres, the square root of width times height, of a whole one; of a category that is not listed its group's."""
    groups, categories = _table()
    return categories.get(category.casefold(), groups[group])


@cache
def _table() -> tuple[dict[str, float], dict[str, float]]:
    table = tomllib.loads(files(__package__).joinpath("sizes.toml").read_text(encoding="utf-8"))
    return table["groups"], table["categories"]
