"""Memory and time of indexing a file of train2017's size, beside json.load: ``python -m benchmarks.indexing``."""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

IMAGES, ANNOTATIONS = 118_287, 860_001
_CATEGORIES = ["person", "bicycle", "car", "backpack", "umbrella", "handbag", "tie", "bottle", "cup", "dog"]


def generate(path: Path) -> None:
    """A COCO instances file with train2017's numbers of images and annotations, and polygons of its mean length."""
    rng = random.Random(0)
    ids = rng.sample(range(1, 581_930), IMAGES)
    with path.open("w") as file:
        file.write('{"info": {}, "licenses": [], "images": [')
        for k, ident in enumerate(ids):
            image = {"license": 3, "file_name": f"{ident:012d}.jpg", "height": 480, "width": 640, "id": ident}
            file.write((", " if k else "") + json.dumps(image))
        file.write('], "annotations": [')
        for k in range(ANNOTATIONS):
            points = [round(rng.uniform(0, 480), 2) for _ in range(2 * rng.choice((8, 20, 26, 50)))]
            annotation = {"segmentation": [points], "area": 702.1, "iscrowd": 0, "image_id": rng.choice(ids)}
            annotation |= {"bbox": [473.07, 395.93, 38.65, 28.67], "category_id": rng.randint(1, 10), "id": k + 1}
            file.write((", " if k else "") + json.dumps(annotation))
        categories = [{"id": i, "name": name} for i, name in enumerate(_CATEGORIES, 1)]
        file.write('], "categories": ' + json.dumps(categories) + "}")


def child(kind: str, path: Path, scratch: Path) -> None:
    """Do one of both in this process and print seconds and peak memory."""
    started = time.perf_counter()
    if kind == "load":
        with path.open() as file:
            json.load(file)
    else:
        from pipelines.annotations.index import build_index
        from pipelines.config import CocoMattingConfig

        build_index(CocoMattingConfig(annotations=path, images=scratch, out=scratch), scratch / "index")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{time.perf_counter() - started:.1f} s, peak memory {peak:.0f} MB")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "instances_generated.json"
        generate(path)
        print(f"{path.name}: {path.stat().st_size / 1e6:.0f} MB, {IMAGES:,} images, {ANNOTATIONS:,} annotations")
        for kind, name in (("index", "index, streamed and sharded"), ("load", "json.load, nothing else  ")):
            words = [sys.executable, "-m", "benchmarks.indexing", kind, str(path), folder]
            print(name, subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip())


if __name__ == "__main__":
    if len(sys.argv) == 4:
        child(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
