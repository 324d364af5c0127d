import pytest

from matting_models.evaluation.protocols import COLUMNS, PROTOCOLS


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [(768, 1024, (768, 1024)), (2000, 3000, (683, 1024)), (500, 250, (1024, 512)),
     (1, 4000, (1, 1024)), (3, 2, (1024, 683))],
)  # fmt: skip
def test_semat_resizes_the_long_side(height: int, width: int, expected: tuple[int, int]) -> None:
    # As the authors' ResziePad: int(side * 1024 / long side + 0.5).
    assert PROTOCOLS["semat"].size(height, width) == expected


def test_others_are_native() -> None:
    assert {p.size(123, 457) for p in PROTOCOLS.values() if p.name != "semat"} == {(123, 457)}


def test_every_protocol_names_region_and_scale() -> None:
    assert [str(p) for p in PROTOCOLS.values()] == [
        "semat: whole image, 1024 px on the long side",
        "composition-1k: unknown region, native size",
        "alphamatting: unknown region, native size",
        "whole-image: whole image, native size",
        "trimap: whole image, native size",
    ]


def test_columns_are_known() -> None:
    assert {c for p in PROTOCOLS.values() for c in p.columns} == set(COLUMNS)
