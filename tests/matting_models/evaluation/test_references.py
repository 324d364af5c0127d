from pathlib import Path

from matting_models.evaluation.references import with_references
from matting_models.evaluation.samples import Reference, Sample


def sample(name: str, count: int) -> Sample:
    references = tuple(Reference(Path(f"{i}.jpg"), Path(f"{i}.png")) for i in range(count))
    return Sample(name, name, (), references=references)


def drawn(count: int, seed: int, *samples: Sample) -> list[tuple[str, int | None, str]]:
    found = with_references(samples, count, seed)
    assert all(len(each.references) == 1 for each in found)
    return [(each.id, each.draw, each.references[0].image.stem) for each in found]


def test_each_is_drawn_before_any_comes_twice() -> None:
    found = drawn(4, 0, sample("a", 3), sample("b", 1))
    assert [name for name, _, _ in found] == ["0/a", "0/b", "1/a", "1/b", "2/a", "2/b", "3/a", "3/b"]
    of_a = [reference for name, _, reference in found if name.endswith("a")]
    assert sorted(of_a[:3]) == ["0", "1", "2"]
    assert of_a[3] == of_a[0]
    assert [draw for _, draw, _ in found] == [0, 0, 1, 1, 2, 2, 3, 3]


def test_the_seed_and_the_name_decide() -> None:
    assert drawn(2, 1, sample("a", 9)) == drawn(2, 1, sample("z", 4), sample("a", 9))[1::2]
    assert len({str(drawn(3, seed, sample("a", 9))) for seed in range(5)}) > 1
