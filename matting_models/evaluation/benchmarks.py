"""The benchmarks, laid out as their authors do."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from matting_models.evaluation.samples import Reference, Sample
from matting_models.kinds import kind_of, read_classes
from matting_models.layouts import Missing, find_base, pictures
from matting_models.refmatte_layout import KEYWORD, RefMatteEntity, evaluation_texts, read_entities


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A published test set.

    Attributes:
        name: for the command line.
        title: for tables.
        layout: its folders, for help and documentation.
        size: number of samples (mattes; images, where they have instances) of the published set, so that tables can say
            when there were others.
        protocol: name of the usual one.
        read: from the root folder to samples, in order of id.
    """

    name: str
    title: str
    layout: str
    size: int
    protocol: str
    read: Callable[[Path], list[Sample]]


def _read_pairs(
    root: Path, *, title: str, tails: tuple[str, ...], images: str, truths: str, trimaps: str | None = None
) -> list[Sample]:
    """One matte an image, of the same stem."""
    base = find_base(title, root, tails, (images, truths))
    photos, mattes = pictures(title, base / images), pictures(title, base / truths)
    opened = pictures(title, base / trimaps) if trimaps and (base / trimaps).is_dir() else None
    missing = Missing(title)
    samples = []
    for stem, photo in sorted(photos.items()):
        matte = missing.partner(mattes, stem, base / truths, photo)
        trimap = missing.partner(opened, stem, base / str(trimaps), photo) if opened is not None else None
        samples.append(Sample(stem, stem, (matte,) if matte else (), photo, trimap))
    missing.unused(mattes, set(photos), f"photo in {base / images}")
    missing.check()
    return samples


def _read_refmatte_rw100(root: Path) -> list[Sample]:
    """Mattes ``<photo>_<number>.png``, several a photo."""
    title = "RefMatte-RW100"
    tails = (".", "RefMatte_RW_100")
    named = next((n for n in ("image_all", "image", "img") if any((root / t / n).is_dir() for t in tails)), "image_all")
    base = find_base(title, root, tails, (named, "mask"))
    photos, mattes = pictures(title, base / named), pictures(title, base / "mask")
    missing = Missing(title)
    samples = []
    for stem, matte in sorted(mattes.items()):
        image_id = stem.rpartition("_")[0]
        if not image_id:
            missing.note(f"{matte} is not called <photo>_<number>")
            continue
        samples.append(Sample(stem, image_id, (matte,), missing.partner(photos, image_id, base / named, matte)))
    missing.unused(photos, {sample.image_id for sample in samples}, f"matte in {base / 'mask'}")
    missing.check()
    return samples


def _read_sim(root: Path) -> list[Sample]:
    """What the authors' script composites: a folder a class, each with merged, alpha and trimap."""
    title = "SIM"
    tails = (".", "generated_testset", "SIMD/generated_testset")
    found = (root / tail for tail in tails if list((root / tail).glob("*/merged")))
    base = next(found, None) or find_base(title, root, tails, ("defocus/merged", "defocus/alpha"))
    samples = []
    # One of its folders makes a class, which is then asked for the others: a misnamed one must not vanish silently.
    for folder in sorted({path.parent for kind in ("merged", "alpha", "trimap") for path in base.glob(f"*/{kind}")}):
        of_class = _read_pairs(folder, title=title, tails=(".",), images="merged", truths="alpha", trimaps="trimap")
        for sample in of_class:
            name = f"{folder.name}/{sample.id}"
            samples.append(Sample(name, name, sample.truths, sample.image, sample.trimap))
    return samples


def _read_composition_1k(root: Path) -> list[Sample]:
    """Composites ``<foreground>_<number>.png``; alphas one a composite in alpha_copy, or one a foreground in alpha."""
    title = "Composition-1k"
    below = (
        "Adobe-licensed images",
        "Test_set/Adobe-licensed images",
        "Combined_Dataset/Test_set/Adobe-licensed images",
    )
    tails = (".", "Test_set", "Combined_Dataset/Test_set", *below)
    copied = any((root / tail / "alpha_copy").is_dir() for tail in tails)
    base = find_base(title, root, tails, ("trimaps", "alpha_copy" if copied else "alpha"))
    composites = (folder for folder in (base / "merged", base.parent / "merged") if folder.is_dir())
    merged = next(composites, None) or find_base(title, base, (".",), ("merged",)) / "merged"
    truths = base / ("alpha_copy" if copied else "alpha")
    photos, mattes = pictures(title, merged), pictures(title, truths)
    trimaps = pictures(title, base / "trimaps")
    missing = Missing(title)
    samples = []
    for stem, trimap in sorted(trimaps.items()):
        photo = missing.partner(photos, stem, merged, trimap)
        matte = missing.partner(mattes, stem if copied else stem.rpartition("_")[0], truths, trimap)
        samples.append(Sample(stem, stem, (matte,) if matte else (), photo, trimap))
    missing.unused(photos, set(trimaps), f"trimap in {base / 'trimaps'}")
    missing.check()
    return samples


def _read_alphamatting(root: Path, resolution: str) -> list[Sample]:
    """The 27 training images, the only ones with public truth, once for each of their trimaps."""
    title = "alphamatting.com"
    folders = [f"{kind}_training_{resolution}" for kind in ("input", "gt", "trimap")]
    base = find_base(title, root, (".", "alphamatting"), folders)
    photos, mattes = (pictures(title, base / folder) for folder in folders[:2])
    missing = Missing(title)
    samples = []
    kinds = sorted(path for path in (base / folders[2]).iterdir() if path.is_dir() and path.name.startswith("Trimap"))
    if not kinds:
        missing.note(f"{base / folders[2] / 'Trimap1'} is missing")
    for folder in kinds:
        trimaps = pictures(title, folder)
        for stem, photo in sorted(photos.items()):
            matte = missing.partner(mattes, stem, base / folders[1], photo)
            trimap = missing.partner(trimaps, stem, folder, photo)
            name = f"{folder.name}/{stem}"
            samples.append(Sample(name, name, (matte,) if matte else (), photo, trimap))
    missing.unused(mattes, set(photos), f"photo in {base / folders[0]}")
    missing.check()
    return samples


def _read_him2k(root: Path, subsets: tuple[str, ...]) -> list[Sample]:
    """A folder of mattes an image, one a person."""
    title = "HIM2K"
    base = find_base(title, root, (".", "HIM2K"), [f"{kind}/{s}" for s in subsets for kind in ("images", "alphas")])
    missing = Missing(title)
    samples = []
    for subset in subsets:
        photos = pictures(title, base / "images" / subset)
        folders = {path.name: path for path in sorted((base / "alphas" / subset).iterdir()) if path.is_dir()}
        for stem, photo in sorted(photos.items()):
            folder = base / "alphas" / subset / stem
            mattes = pictures(title, folder) if folder.is_dir() else {}
            if not mattes:
                missing.note(f"{folder} is missing, which belongs to {photo}")
            name = f"{subset}/{stem}"
            samples.append(Sample(name, name, tuple(p for _, p in sorted(mattes.items())), photo, instances=True))
        missing.unused(folders, set(photos), f"photo in {base / 'images' / subset}")
    missing.check()
    return samples


def _read_refmatte(root: Path) -> list[Sample]:
    """Entities of the test split, each with its texts."""
    of_image: dict[str, list[RefMatteEntity]] = {}
    entities = read_entities(root, "test")
    for entity in entities:
        of_image.setdefault(entity.image_name, []).append(entity)
    said = [entity for entity in entities if entity.expressions]
    chosen = {e.name: text for e, text in zip(said, evaluation_texts(root, "test", said), strict=True)}
    return [
        Sample(
            entity.name,
            entity.image_name,
            (entity.alpha,),
            entity.image,
            texts=(*entity.texts(KEYWORD), *entity.expressions),
            chosen=chosen.get(entity.name),
            others=tuple(other.alpha for other in of_image[entity.image_name] if other is not entity),
        )
        for entity in entities
    ]


def _read_icm57(root: Path) -> list[Sample]:
    """Photos in groups of one object or kind, by a list beside or in their folder; those of a group are references.

    As in the authors' code a photo of a group of one or two may be its own.
    """
    title = "ICM-57"
    tails = (".", "ICM57", "datasets/ICM57")
    base = find_base(title, root, tails, ("image", "alpha"))
    photos, mattes = pictures(title, base / "image"), pictures(title, base / "alpha")
    trimaps = pictures(title, base / "trimap") if (base / "trimap").is_dir() else None
    lists = (base / "ICM57.json", base.parent / "ICM57.json")
    classes = read_classes(next((path for path in lists if path.is_file()), lists[1]), sorted(photos))
    missing = Missing(title)
    alphas = {stem: missing.partner(mattes, stem, base / "alpha", photo) for stem, photo in photos.items()}
    missing.unused(mattes, set(photos), f"photo in {base / 'image'}")
    groups: dict[str, list[str]] = {}
    for stem in sorted(photos):
        groups.setdefault(kind_of(classes[stem]), []).append(stem)
    samples = []
    for stem, photo in sorted(photos.items()):
        group = groups[kind_of(classes[stem])]
        others = [other for other in group if other != stem or len(group) <= 2]
        references = tuple(Reference(photos[o], alpha) for o in others if (alpha := alphas[o]))
        trimap = missing.partner(trimaps, stem, base / "trimap", photo) if trimaps is not None else None
        truths = (alpha,) if (alpha := alphas[stem]) else ()
        samples.append(Sample(stem, stem, truths, photo, trimap, references=references))
    missing.check()
    return samples


def _pairs(name: str, title: str, tails: tuple[str, ...], folders: tuple[str, ...], size: int) -> Benchmark:
    images, truths, *rest = folders
    trimaps = rest[0] if rest else None
    read = partial(_read_pairs, title=title, tails=tails, images=images, truths=truths, trimaps=trimaps)
    return Benchmark(name, title, " ".join(f"{folder}/" for folder in folders), size, "semat", read)


_P3M = "P3M-500-NP"
_HIM2K = "images/{subset}/ alphas/{subset}/<image>/"

BENCHMARKS = {
    benchmark.name: benchmark
    for benchmark in (
        _pairs(
            "p3m-500-np",
            _P3M,
            (".", _P3M, f"validation/{_P3M}", f"P3M-10k/{_P3M}", f"P3M-10k/validation/{_P3M}"),
            ("original_image", "mask", "trimap"),
            500,
        ),
        _pairs("aim-500", "AIM-500", (".", "AIM-500"), ("original", "mask", "trimap"), 500),
        Benchmark(
            "refmatte-rw100", "RefMatte-RW100", "image_all/ (or image/) mask/", 221, "semat", _read_refmatte_rw100
        ),
        Benchmark(
            "refmatte",
            "RefMatte",
            "of flows.refmatte, or test/{img,mask,refmatte_test_label.json}, or RefMatte-RW100 with its labels",
            0,
            "whole-image",
            _read_refmatte,
        ),
        _pairs(
            "am-2k",
            "AM-2K",
            (".", "validation", "AM-2k/validation", "AM-2K/validation"),
            ("original", "mask", "trimap"),
            200,
        ),
        _pairs("rwp-636", "RWP-636", (".", "RealWorldPortrait-636"), ("image", "alpha"), 636),
        Benchmark("sim", "SIM", "<class>/merged/ <class>/alpha/ <class>/trimap/", 890, "semat", _read_sim),
        Benchmark(
            "him2k",
            "HIM2K",
            _HIM2K.format(subset="{natural,comp}"),
            2000,
            "semat",
            partial(_read_him2k, subsets=("comp", "natural")),
        ),
        Benchmark(
            "him2k-natural",
            "HIM2K natural",
            _HIM2K.format(subset="natural"),
            320,
            "semat",
            partial(_read_him2k, subsets=("natural",)),
        ),
        Benchmark(
            "him2k-comp",
            "HIM2K comp",
            _HIM2K.format(subset="comp"),
            1680,
            "semat",
            partial(_read_him2k, subsets=("comp",)),
        ),
        Benchmark(
            "icm-57", "ICM-57", "image/ alpha/ trimap/, and ICM57.json beside them", 57, "whole-image", _read_icm57
        ),
        Benchmark(
            "composition-1k",
            "Composition-1k",
            "merged/ trimaps/ alpha_copy/ (or alpha/)",
            1000,
            "composition-1k",
            _read_composition_1k,
        ),
        Benchmark(
            "alphamatting",
            "alphamatting.com training, low resolution",
            "input_training_lowres/ gt_training_lowres/ trimap_training_lowres/Trimap{1,2}/",
            54,
            "alphamatting",
            partial(_read_alphamatting, resolution="lowres"),
        ),
        Benchmark(
            "alphamatting-highres",
            "alphamatting.com training, high resolution",
            "input_training_highres/ gt_training_highres/ trimap_training_highres/Trimap{1,2}/",
            54,
            "alphamatting",
            partial(_read_alphamatting, resolution="highres"),
        ),
    )
}
"""By name."""
