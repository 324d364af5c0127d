"""Train a small CLIPMat on images that the RefMatte engine composes of embedded entities, and ask it for either of two:

    python -m benchmarks.clipmat [--out runs/clipmat-tiny]

No weights and no GPU; some twenty minutes on one core. Stopped, the same command goes on. Ends with an error unless,
on images that were held out, the matte overlaps the entity that was asked for more than the other one in 85% of the
cases, and its SAD is below that of the best constant. Its CLIP is a tiny one at random, which knows no word and never
saw a picture: its patches start from what the images have most of, and its words far apart, as training would have
them. The images are held out, not the entities: of so few nobody could learn what a duck is.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch
from numpy.typing import NDArray
from transformers import CLIPModel

from matting_models.data.refmatte_source import RefMatteSource
from matting_models.data.split import hold_out
from matting_models.metrics import overlap, sad
from matting_models.networks.clipmat.model import CLIPMat
from matting_models.networks.clipmat.network import MEAN, STD
from matting_models.networks.clipmat.prompts import PREFIXES
from matting_models.networks.clipmat.tiny import save_tiny
from matting_models.networks.pictures import sheet_row
from matting_models.pictures import read_grey, read_photo
from matting_models.refmatte_layout import KEYWORD, RefMatteEntity, read_entities
from matting_models.weights import no_progress_bar

CATEGORIES = ("apple", "ball", "butterfly", "duck", "sheep", "teapot", "umbrella", "zebra")
"""Few, since a network at random has to learn to see each of them: one to three entities each, all trained on."""
IMAGES = 1000
COMPOSED = {
    "count": IMAGES,
    "planning.human": 1,
    "planning.animal": 2,
    "planning.object": 2,
    "planning.three": 0,
    "planning.test": 0,
    "composition.side": 192,
    "composition.min-background": 96,
    "report.max-instances": 40,
    "workers": 1,
}
SIDE, HIDDEN, PATCH = 128, 64, 16
HELD_OUT, MOST = 0.06, 120
"""Share of the images, and mattes of them at most."""
ITERATIONS = 2000
SETTINGS = {
    "setting": KEYWORD,
    "side": SIDE,
    "width": 0.25,
    "iterations": ITERATIONS,
    "batch-size": 16,
    "learning-rate": 1e-3,
    "image-rate": 1e-3,
    "text-rate": 1e-3,
    "warmup": 50,
    "validate-every": 250,
    "checkpoint-every": 250,
    "validation-fraction": HELD_OUT,
    "validation-most": MOST,
    "device": "cpu",
    "workers": 1,
}
RIGHT = 0.85
CONSTANTS = (0.0, 0.25, 0.5, 0.75, 1.0)
SHOWN = 12
"""Images of the sheet."""


@dataclass(frozen=True, slots=True)
class Case:
    """An entity that was asked for by its keyword.

    Attributes:
        right: whether the matte overlaps it more than the other entity of the image.
        sad: of the matte, in thousands of pixels.
        constants: of each of ``CONSTANTS``.
    """

    right: bool
    sad: float
    constants: tuple[float, ...]


def compose(out: Path) -> Path:
    """Entities, those of a few categories, and images of two of them each."""
    run, entities, few = out / "refmatte", out / "entities", out / "few"
    if (run / "summary.json").is_file():
        return run
    _call("pipelines.sample", "--entities", "--out", entities)
    if not few.is_dir():
        shutil.copytree(entities / "foregrounds", few / "foregrounds")
        (part,) = (entities / "manifest").glob("part-*.parquet")
        table = pq.read_table(part)
        kept = table.filter(pc.is_in(table["category"], value_set=pa.array(CATEGORIES)))
        (few / "manifest").mkdir()
        pq.write_table(kept, few / "manifest" / part.name)
        for path in entities.glob("*.json"):
            shutil.copy(path, few / path.name)
    settings = COMPOSED | {"foregrounds": few, "backgrounds": entities / "backgrounds", "out": run}
    _call("flows.refmatte", *(word for name, value in settings.items() for word in (f"--{name}", value)))
    return run


def prepare(folder: Path, run: Path) -> Path:
    """A tiny CLIP at random whose patches and words are told apart from the start.

    Kernels of its patches are the principal components of the images' patches, of equal variance, turned at random:
    at the library's start they say little more than how bright a patch is. Its words are vectors of unit variance.
    """
    if (folder / "model.safetensors").is_file():
        return folder
    entities = read_entities(run, "train")
    said = [f"{prefix}{entity.keyword}" for entity in entities if entity.keyword for prefix in PREFIXES]
    with no_progress_bar(), torch.random.fork_rng(devices=[]), torch.no_grad():
        save_tiny(folder, said, hidden=HIDDEN, patch=PATCH, side=SIDE)
        model = CLIPModel.from_pretrained(folder)
        torch.manual_seed(0)
        image, text = model.vision_model.embeddings, model.text_model.embeddings
        image.patch_embedding.weight.copy_(_components(sorted({entity.image for entity in entities})))
        image.position_embedding.weight.normal_(0, 0.3)
        text.token_embedding.weight.normal_(0, 1)
        model.save_pretrained(folder)
    return folder


def _components(paths: Sequence[Path]) -> torch.Tensor:
    """(HIDDEN, 3, PATCH, PATCH)."""
    rng = np.random.default_rng(0)
    patches = torch.from_numpy(np.concatenate([_patches(read_photo(path), rng) for path in paths]))
    patches = patches - patches.mean(dim=0)
    variances, components = torch.linalg.eigh(patches.T @ patches / len(patches))
    whitened = components[:, -HIDDEN:] / (variances[-HIDDEN:] + 1e-3).sqrt()
    turn = torch.linalg.qr(torch.randn(HIDDEN, HIDDEN)).Q
    kernels: torch.Tensor = (turn @ whitened.T).reshape(HIDDEN, 3, PATCH, PATCH)
    return kernels


def _patches(photo: NDArray[np.uint8], rng: np.random.Generator, count: int = 20) -> NDArray[np.float32]:
    """(count, 3 PATCH PATCH), normalised, from anywhere in a photo of the network's size."""
    small = cv2.resize(photo, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    normal = ((small - np.asarray(MEAN, np.float32)) / np.asarray(STD, np.float32)).transpose(2, 0, 1)
    corners = rng.integers(0, SIDE - PATCH + 1, (count, 2))
    return np.stack([normal[:, y : y + PATCH, x : x + PATCH].ravel() for y, x in corners])


def train(out: Path, run: Path, backbone: Path) -> Path:
    """Run the command line as a user would, from where it stopped; the last weights, whatever validation says."""
    settings = SETTINGS | {"data": run, "backbone": backbone, "out": out}
    _call("matting_models.train", "clipmat", "--resume", *(f"--{name}={value}" for name, value in settings.items()))
    return out / "checkpoints" / f"step-{ITERATIONS:07d}"


def _call(module: str, *words: object) -> None:
    # One core for the network, and what is left for the loader.
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-m", module, *map(str, words)], check=True, env=environment)


def held_out(run: Path) -> list[list[RefMatteEntity]]:
    """Images that training did not see, with both entities of each."""
    of_validation = hold_out(RefMatteSource(run, "train", "keyword"), HELD_OUT, MOST)[1]
    names = {of_validation.group(row) for row in range(len(of_validation))}
    found: dict[str, list[RefMatteEntity]] = {}
    for entity in read_entities(run, "train"):
        if entity.image_name in names and entity.keyword:
            found.setdefault(entity.image_name, []).append(entity)
    return [pair for pair in found.values() if len(pair) == 2]


def ask(model: CLIPMat, pair: Sequence[RefMatteEntity]) -> tuple[list[Case], NDArray[np.uint8]]:
    """Either entity of an image by its keyword; and a picture of photo, the two mattes, and the two truths."""
    photo = read_photo(pair[0].image)
    truths = [read_grey(entity.alpha).astype(np.float32) / 255 for entity in pair]
    mattes = model.predict_each(photo, [entity.texts(KEYWORD)[0] for entity in pair])
    cases = []
    for matte, own, other in zip(mattes, truths, reversed(truths), strict=True):
        constants = tuple(sad(np.full_like(own, value), own) for value in CONSTANTS)
        cases.append(Case(overlap(matte, own) > overlap(matte, other), sad(matte, own), constants))
    grey = [np.rint(255 * alpha).astype(np.uint8) for alpha in (*mattes, *truths)]
    return cases, sheet_row([photo, *grey])


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--out", type=Path, default=Path("runs/clipmat-tiny"), help="folder for data, backbone, weights and sheet.png"
    )
    out = parser.parse_args(arguments).out
    run = compose(out)
    model = CLIPMat.from_pretrained(train(out / "weights", run, prepare(out / "clip", run)), "cpu")
    asked = [ask(model, pair) for pair in held_out(run)]
    cases = [case for some, _ in asked for case in some]
    right = float(np.mean([case.right for case in cases]))
    swapped = float(np.mean([all(case.right for case in some) for some, _ in asked]))
    error, constant = (
        float(np.mean([case.sad for case in cases])),
        float(np.mean([case.constants for case in cases], axis=0).min()),
    )
    print(f"{len(cases)} mattes of {len(asked)} images that were held out")
    print(f"names the right one of two entities        {right:.1%} (chance 50%, expected at least {RIGHT:.0%})")
    print(f"swapping the keyword swaps the matte       {swapped:.1%} of the images")
    print(f"SAD                                        {error:.3f} (best constant {constant:.3f})")
    sheet = np.concatenate([row for _, row in asked[:SHOWN]])
    cv2.imwrite(str(out / "sheet.png"), sheet[:, :, ::-1])
    print(out / "sheet.png")
    return 0 if right >= RIGHT and error < constant else 1


if __name__ == "__main__":
    sys.exit(main())
