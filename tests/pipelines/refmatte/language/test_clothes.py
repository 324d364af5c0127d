import pytest

from pipelines.refmatte.language.clothes import Clothes, count_of_clothes, garments_alike, read_clothes


@pytest.mark.parametrize(
    ("stated", "clothes"),
    [
        ("knit", Clothes("knit")),
        ("black knit", Clothes("knit", "black")),
        ("darkslategray leather jacket", Clothes("leather jacket", "darkslategray")),
        ("leather jacket", Clothes("leather jacket")),
        ("khaki", Clothes("khaki")),
    ],
)
def test_a_colour_is_what_comes_before_the_garment(stated, clothes):
    assert read_clothes(stated) == clothes


@pytest.mark.parametrize(
    ("garment", "count"),
    [("knit", "mass"), ("jeans", "plural"), ("dress", "singular"), ("denim trousers", "plural"), ("cape", "singular")],
)
def test_garments_are_counted(garment, count):
    assert count_of_clothes(garment) == count


@pytest.mark.parametrize(
    ("garment", "other", "alike"),
    [
        ("dress", "dress", True),
        ("lace", "dress", True),
        ("lace", "print", False),
        ("leather jacket", "jacket", True),
        ("leather jacket", "coat", True),
        ("t-shirt", "blouse", True),
        ("dress", "jeans", False),
    ],
)
def test_garments_that_are_taken_for_one_another(garment, other, alike):
    assert garments_alike(garment, other) is garments_alike(other, garment) is alike
