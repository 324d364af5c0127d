import os
from pathlib import Path

import pytest

from pipelines.annotations.index import read_shard, shard_of
from pipelines.errors import UserError
from pipelines.propagation import targets as module
from pipelines.propagation.targets import Targets, image_id, index_targets
from pipelines.records import ImageRecord


@pytest.fixture
def images(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    return tmp_path / "images"


def add(images: Path, *names: str) -> None:
    for name in names:
        (images / name).parent.mkdir(parents=True, exist_ok=True)
        (images / name).write_bytes(b"")


def index(images: Path, *leave_out: Path, per_shard: int = 8, folder: str = "index") -> Targets:
    return index_targets(images, leave_out, per_shard, images.parent / folder)


def rows(images: Path, found: Targets, folder: str = "index") -> list[ImageRecord]:
    numbered = enumerate(found.shards)
    return [row for shard, (digest, _) in numbered for row in read_shard(images.parent / folder, shard, digest)]


def names(images: Path, *leave_out: Path) -> list[str | None]:
    return sorted(str(row.file_name) for row in rows(images, index(images, *leave_out)))


def refused(images: Path) -> str:
    with pytest.raises(UserError) as caught:
        index(images)
    return str(caught.value)


def test_id_is_48_bits_of_the_name() -> None:
    # printf a.png | sha256sum begins with 7f071235805f
    assert image_id("a.png") == 0x7F071235805F
    assert image_id("b/a.png") != image_id("a.png")
    assert all(0 <= image_id(f"{i}.png") < 2**48 for i in range(100))
    assert image_id(os.fsdecode(b"\xff.png")) != image_id("\\xff.png")


def test_rows(images: Path) -> None:
    add(images, "a.png", "b.JPG")
    found = index(images)
    assert (found.images, found.others, [count for _, count in found.shards]) == (2, 0, [2])
    assert rows(images, found) == sorted(
        [ImageRecord(image_id(name), name, 0, 0) for name in ("a.png", "b.JPG")], key=lambda row: row.image_id
    )


def test_endings(images: Path) -> None:
    pictures = ["a.jpg", "b.jpeg", "c.png", "d.webp", "e.bmp", "f.tif", "g.TIFF", "h.Gif"]
    add(images, *pictures, "notes.txt", "a.png.bak", "png", "i.pngx")
    assert names(images) == pictures
    assert index(images).others == 4


def test_nested_folders(images: Path) -> None:
    add(images, "a.png", "one/a.png", "one/two/a.png", "one/notes.txt", "o\u00e4 \u4e2d/a.png")
    found = index(images)
    assert names(images) == ["a.png", "one/a.png", "one/two/a.png", "o\u00e4 \u4e2d/a.png"]
    assert (found.images, found.others) == (4, 1)


def test_hidden_files_and_folders_are_left_out_uncounted(images: Path) -> None:
    add(images, "a.png", ".b.png", ".c/d.png", "e/.f/g.png", ".notes.txt")
    assert names(images) == ["a.png"]
    assert index(images).others == 0


def test_links(images: Path) -> None:
    add(images, "a.png", "../far/b.png", "../one.png")
    (images / "folder").symlink_to(images.parent / "far")
    (images / "file.png").symlink_to(images.parent / "one.png")
    (images / "loop").symlink_to(images)
    assert names(images) == ["a.png", "file.png"]


def test_a_linked_folder_may_be_the_root(images: Path) -> None:
    add(images, "a.png")
    link = images.parent / "link"
    link.symlink_to(images)
    assert names(link) == ["a.png"]


def test_left_out(images: Path) -> None:
    add(images, "a.png", "out/alphas/1.png", "masks/a.png", "deep/masks/b.png", "mask.png", "outer/c.png")
    out = images / "out"
    link = images.parent / "link"
    link.symlink_to(images)
    assert names(images, out, link / "masks", images / "x" / ".." / "mask.png", images / "not there") == [
        "a.png",
        "deep/masks/b.png",
        "outer/c.png",
    ]


def test_left_out_files_are_not_counted(images: Path) -> None:
    add(images, "a.png", "notes.txt", "out/log.txt")
    assert index(images, images / "notes.txt", images / "out").others == 0


def test_relative_paths_are_left_out_too(images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(images, "a.png", "out/1.png")
    monkeypatch.chdir(images)
    assert names(images, Path("out")) == ["a.png"]


def test_a_name_that_is_not_utf_8(images: Path) -> None:
    add(images, "a.png")
    try:
        (images / os.fsdecode(b"caf\xe9.png")).write_bytes(b"")
    except OSError:
        pytest.skip("the file system takes UTF-8 only")
    good, bad = sorted(rows(images, index(images)), key=lambda row: row.problem or "")
    assert (good.file_name, good.problem) == ("a.png", None)
    assert bad == ImageRecord(
        image_id(os.fsdecode(b"caf\xe9.png")),
        "caf\\udce9.png",
        0,
        0,
        problem="image_malformed",
        detail="file name caf\\udce9.png is not UTF-8; rename the file",
    )


def test_no_folder(images: Path) -> None:
    assert refused(images / "gone") == f"{images}/gone: folder of targets not found"
    add(images, "a.png")
    assert refused(images / "a.png") == f"{images}/a.png: folder of targets not found"


ENDINGS = ".jpg, .jpeg, .png, .webp, .bmp, .tif, .tiff, .gif"


def test_no_picture(images: Path) -> None:
    assert refused(images) == f"{images}: no picture found (no file), expected files ending in {ENDINGS}"
    add(images, "a.txt", "b/c.csv")
    assert refused(images) == f"{images}: no picture found (2 other files), expected files ending in {ENDINGS}"


def test_two_of_one_id(images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(images, "a.png", "b.png")
    monkeypatch.setattr(module, "image_id", lambda name: 7)
    assert refused(images) == f"{images}: b.png and a.png get the same id; rename one of them"


def test_shards_hold_every_picture_once(images: Path) -> None:
    add(images, *(f"{i}.png" for i in range(50)))
    found = index(images, per_shard=8)
    assert len(found.shards) == 8 and sum(count for _, count in found.shards) == 50
    for shard, (digest, _) in enumerate(found.shards):
        part = list(read_shard(images.parent / "index", shard, digest))
        assert [row.image_id for row in part] == sorted(row.image_id for row in part)
        assert all(shard_of(row.image_id, 8) == shard for row in part)
    assert len({row.file_name for row in rows(images, found)}) == 50


def test_a_new_picture_touches_one_shard(images: Path) -> None:
    add(images, *(f"{i}.png" for i in range(50)))
    before, same = index(images), index(images, folder="again")
    add(images, "new.png")
    after = index(images, folder="other")
    assert same == before
    changed = [shard for shard in range(8) if before.shards[shard] != after.shards[shard]]
    assert changed == [shard_of(image_id("new.png"), 8)]


def test_the_content_of_the_pictures_does_not_matter(images: Path) -> None:
    add(images, "a.png")
    before = index(images)
    (images / "a.png").write_bytes(b"something")
    assert index(images) == before
