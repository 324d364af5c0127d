"""The house's rules about who may lean on whom, and what must be documented."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("pipelines", "matting_models", "flows")


def imported(path: Path) -> set[str]:
    """Every module a file names in an import, wherever it stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module in ROOMS:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def room(name: str) -> list[Path]:
    return sorted((ROOT / name).rglob("*.py"))


@pytest.mark.parametrize("path", room("pipelines"), ids=str)
def test_pipelines_leans_on_no_other_room(path: Path) -> None:
    tops = {name.split(".")[0] for name in imported(path)}
    assert not tops & {"matting_models", "flows", "torch", "transformers", "prefect"}


@pytest.mark.parametrize("path", room("matting_models"), ids=str)
def test_matting_models_takes_only_what_it_may(path: Path) -> None:
    allowed = {
        "pipelines.errors",
        "pipelines.refmatte.choice",
        "pipelines.records",
        "pipelines.review.selection",
        "pipelines.labelling.matting",
        "pipelines.labelling.trimap",
        "pipelines.propagation.features",
        "pipelines.propagation.in_context_network",
        "pipelines.propagation.segmenter",
        "pipelines.storage.files",
        "pipelines.storage.manifest",
        "pipelines.storage.parts",
    }
    names = imported(path)
    assert {n for n in names if n.split(".")[0] == "pipelines"} <= allowed
    assert not {n.split(".")[0] for n in names} & {"flows", "prefect", "pycocotools", "pydantic"}


def inner_room(module: str) -> str:
    """The room that a module of the house is in; modules that stand in no room are rooms of their own."""
    top, _, rest = module.partition(".")
    first = rest.partition(".")[0]
    return f"{top}.{first}"


def leans_on() -> dict[str, set[str]]:
    """For every room, the rooms that its modules import."""
    found: dict[str, set[str]] = {}
    for path in (path for name in ROOMS for path in room(name)):
        own = inner_room(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for name in imported(path):
            if name.split(".")[0] in ROOMS and "." in name and inner_room(name) != own:
                found.setdefault(own, set()).add(inner_room(name))
    return found


def test_no_room_leans_on_one_that_leans_on_it() -> None:
    """Not even by way of others."""
    rooms = leans_on()
    assert {"pipelines.storage", "pipelines.annotations"} <= rooms["pipelines.labelling"]

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            new = rooms.get(waiting.pop(), set()) - seen
            seen |= new
            waiting += new
        return seen

    assert [name for name in rooms if name in reached(name)] == []


def is_overload(node: ast.AST) -> bool:
    """Whether it only says types; what it overloads has the docstring."""
    return any(isinstance(d, ast.Name) and d.id == "overload" for d in getattr(node, "decorator_list", []))


@pytest.mark.parametrize("path", [p for name in ROOMS for p in room(name)], ids=str)
def test_public_things_have_docstrings(path: Path) -> None:
    tree = ast.parse(path.read_text())
    kinds = (ast.FunctionDef, ast.ClassDef)
    bare = [
        n.name
        for n in tree.body
        if isinstance(n, kinds) and not n.name.startswith("_") and not ast.get_docstring(n) and not is_overload(n)
    ]
    assert bare == []


def test_settings_of_the_paper_name_their_source() -> None:
    from pipelines.config import FusionConfig, TrimapConfig

    assert "section 3.2" in (FusionConfig.model_fields["overlap_threshold"].description or "")
    assert (TrimapConfig.model_fields["eta"].description or "").startswith("eta")
