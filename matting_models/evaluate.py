"""Evaluate mattes: ``python -m matting_models.evaluate --help``.

Several GPUs: ``accelerate launch -m matting_models.evaluate --weights ...``.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout
from tqdm import tqdm

from matting_models.errors import InputError, MissingError, os_problem
from matting_models.evaluation.benchmarks import BENCHMARKS
from matting_models.evaluation.detections import MIN_SCORE, read_detections
from matting_models.evaluation.folders import read_folders, with_masks
from matting_models.evaluation.judge import Row
from matting_models.evaluation.manifest import is_manifest, read_manifest
from matting_models.evaluation.models import fingerprint, load_closed_form, load_vitmatte
from matting_models.evaluation.page import write_page
from matting_models.evaluation.predicting import (
    Share,
    predict_from_boxes,
    predict_from_masks,
    predict_from_references,
    predict_from_texts,
    predict_from_trimaps,
    predict_from_truths,
)
from matting_models.evaluation.prediction_store import PredictionStore
from matting_models.evaluation.predictions import Task, find_predictions
from matting_models.evaluation.protocols import PROTOCOLS, Protocol
from matting_models.evaluation.references import with_references
from matting_models.evaluation.rows import RowStore, stamps, write_parquet
from matting_models.evaluation.run import judge_all
from matting_models.evaluation.samples import Sample
from matting_models.evaluation.summary import Summary, summarise
from matting_models.evaluation.tables import Table, as_latex, as_markdown, as_text, make_table
from matting_models.evaluation.texts import SETTINGS, with_texts
from matting_models.networks.evaluation import Loaded
from matting_models.networks.registry import NETWORKS, load
from matting_models.walk import check_name
from matting_models.weights import DEVICES, PRECISIONS, models_extra, resolve_device
from pipelines.review.selection import CHOICES
from pipelines.storage.files import write_whole

MODELS = (*NETWORKS, "closed-form", "vitmatte")

_ANY_TRIMAP = ("diffmatte", "vitmatte")
"""Models that matte where nothing is known to be foreground, or background, as their authors' evaluation asks."""

PROMPTS = ("box", "points", "scribble", "mask", "none")

_OWN = ("pictures", "predictions", "rows")
"""Folders below --out that an evaluation replaces."""

REFERENCES = 3
"""Drawn for each photo: which one it is changes the scores, so that one says little."""

_DEFAULTS = {
    "model": "semat",
    "min_score": MIN_SCORE,
    "device": "auto",
    "precision": "auto",
    "references": REFERENCES,
    "seed": 0,
}

_COMMON = {"gt", "reviewed", "trimap", "image", "dataset", "root", "protocol", "processes", "out", "name"}
_NETWORK = {"model", "weights", "device", "precision"}
_OF_MODE = {
    "pred": {"pred", "setting"},
    "box": {*_NETWORK, "backbone", "boxes", "boxes_images", "category", "min_score"},
    "mask": {*_NETWORK, "mask"},
    "trimap": _NETWORK,
    "any": {*_NETWORK, "prompt", "mask"},
    "reference": {*_NETWORK, "backbone", "references", "seed"},
    "text": {*_NETWORK, "setting", "refiner"},
    "vitmatte": _NETWORK,
    "closed-form": {"model"},
}
_ONLY = {
    "pred": "not with --pred, which brings its own mattes",
    "box": "not with a network that starts from boxes",
    "mask": "not with a network that starts from masks",
    "trimap": "not with a network that starts from trimaps",
    "any": "not with a network that takes any prompt, which --prompt chooses",
    "reference": "not with a network that starts from references",
    "text": "not with a network that starts from texts",
    "vitmatte": "not with a ViTMatte, which starts from trimaps",
    "closed-form": "not with the closed form, which has no network",
}
"""What goes with what is judged, and why nothing else does."""

_ABOUT = """Compares predicted alpha mattes with true ones: SAD, MSE, MAD, Grad, Conn; IMQ on instances; accuracy and
IoU of trimaps. The protocol says which pixels count at which scale, and every output names it."""

_EXAMPLES = """examples:
  two folders of pictures of the same names
    python -m matting_models.evaluate --pred mattes --gt alphas --protocol semat
  a model on a benchmark, boxes from the true mattes
    python -m matting_models.evaluate --weights runs/semat --dataset aim-500 --root AIM-500
  instances, boxes from a detector
    python -m matting_models.evaluate --weights runs/semat --dataset him2k-natural --root HIM2K --boxes detections.json
  the network that turns masks into mattes
    python -m matting_models.evaluate --model mask-to-matte --mask masks --dataset am-2k --root AM-2K
  the network that takes any prompt, without one
    python -m matting_models.evaluate --model smat --weights runs/smat --prompt none --dataset am-2k --root AM-2K
  against the mattes that people have accepted
    python -m matting_models.evaluate --pred mattes --gt OUT/manifest --image train2017 --reviewed accepted
  one reference for many photos
    python -m matting_models.evaluate --model icon --weights runs/icon --dataset icm-57 --root ICM57
  a text for each matte
    python -m matting_models.evaluate --model clipmat --weights runs/clipmat --dataset refmatte --root out/refmatte
  the same, refined
    python -m matting_models.evaluate --model clipmat --weights runs/clipmat --refiner runs/p3m --dataset refmatte ...
  several methods in one table
    python -m matting_models.evaluate --compare evaluation/a evaluation/b

protocols:
{protocols}
benchmarks, and the folders below --root:
{benchmarks}
Below --pred a matte is called as the true one, for sim CLASS/NAME.png, for alphamatting Trimap1/GT01.png, for him2k
SUBSET/IMAGE/*.png, whatever the kind of picture.
A stopped evaluation goes on with the same command. Exit status: 0; 1 if a sample has no score; 2 for a mistake in
what was given; 130 when stopped."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = _parser()
    try:
        given = parser.parse_args(arguments)
        _check(given)
        return _compare(given) if given.compare else _evaluate(given)
    except (InputError, ModuleNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:  # a full disk, a folder of another user
        print(f"error: {os_problem(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    protocols = "".join(f"  {p!s}\n      {p.source}\n" for p in PROTOCOLS.values())
    benchmarks = "".join(f"  {b.name:20} {b.layout}\n" for b in BENCHMARKS.values())
    parser = argparse.ArgumentParser(
        prog="python -m matting_models.evaluate",
        description=_ABOUT,
        epilog=_EXAMPLES.format(protocols=protocols, benchmarks=benchmarks),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    true = parser.add_argument_group("what is true")
    true.add_argument("--gt", type=Path, metavar="DIR", help="alphas, 8 or 16 bits; or a labelling manifest")
    true.add_argument(
        "--reviewed", choices=CHOICES, help="which mattes of a manifest, by people's reviews; default all"
    )
    true.add_argument("--trimap", type=Path, metavar="DIR", help="trimaps of the same names, for the unknown region")
    true.add_argument(
        "--image", type=Path, metavar="DIR", help="photos of the same names, for the page, or to predict from"
    )
    true.add_argument("--dataset", choices=BENCHMARKS, metavar="NAME", help="a benchmark, see below")
    true.add_argument("--root", type=Path, metavar="DIR", help="where it is")
    judged = parser.add_argument_group("what is judged")
    judged.add_argument("--pred", type=Path, metavar="DIR", help="mattes of the same names as the true ones")
    judged.add_argument("--weights", metavar="DIR", help="what training wrote, or the weights of --model")
    judged.add_argument(
        "--model",
        choices=MODELS,
        help="default semat; mask-to-matte starts from --mask, smat from --prompt; net-m, diffmatte, closed-form and "
        "vitmatte from trimaps; icon from references, which icm-57 has; clipmat from texts, which refmatte has",
    )
    judged.add_argument(
        "--prompt", choices=PROMPTS, help="of smat, made from the true mattes, but for --mask; default box"
    )
    judged.add_argument(
        "--mask", type=Path, metavar="DIR", help="segmentation masks, called as the predictions would be"
    )
    judged.add_argument("--boxes", type=Path, metavar="FILE", help="a detector's COCO-style results, for instances")
    judged.add_argument("--boxes-images", type=Path, metavar="FILE", help="their images, if the results have numbers")
    judged.add_argument("--min-score", type=float, help=f"of a detection, default {MIN_SCORE}")
    judged.add_argument(
        "--category", type=int, metavar="ID", help="of the detections that count, if they are of several"
    )
    judged.add_argument("--backbone", metavar="DIR", help="where the backbone is now, if not where it was in training")
    judged.add_argument("--references", type=int, metavar="N", help=f"drawn for each photo, default {REFERENCES}")
    judged.add_argument("--seed", type=int, help="of which are drawn, default 0")
    judged.add_argument(
        "--setting",
        choices=SETTINGS,
        help="which texts each matte is asked for by: its keyword, each of its expressions (the default), or the one "
        "that the data set chose",
    )
    judged.add_argument("--refiner", metavar="DIR", help="what training p3m wrote, to refine clipmat's mattes")
    judged.add_argument("--device", choices=DEVICES, help="default auto: the GPU when torch sees one")
    judged.add_argument("--precision", choices=PRECISIONS, help="default auto")
    how = parser.add_argument_group("how")
    how.add_argument("--protocol", choices=PROTOCOLS, metavar="NAME", help="default the benchmark's, else whole-image")
    how.add_argument("--processes", type=int, help="that judge; default one a core")
    out = parser.add_argument_group("what comes out")
    out.add_argument("--out", type=Path, metavar="DIR", help="default evaluation/TESTSET-METHOD-PROTOCOL")
    out.add_argument("--name", help="of the method in tables; default from --weights, --model or --pred")
    out.add_argument("--compare", type=Path, nargs="+", metavar="DIR", help="print finished evaluations in one table")
    return parser


def _cores() -> int:
    """Cores this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _evaluate(given: argparse.Namespace) -> int:
    job = _Job(*_test_set(given), method=given.name or _method(given))
    named = f"{given.dataset or given.gt.resolve().name}-{job.method}-{job.protocol.name}"
    out = given.out or Path("evaluation") / named.replace("/", "-")
    _check_folders(given, out)
    share = _share(given.device)
    if share.index:
        if not given.pred:
            _predict(given, job, out / "predictions", share)
        return 0
    out.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(out / ".lock", timeout=0):
            _claim(out)
            tasks = _found(job, given.pred) if given.pred else _predict(given, job, out / "predictions", share)
            return _judge(job, tasks, out, given.processes)
    except Timeout:
        raise InputError(f"{out} is being written by another evaluation; wait, or use another --out") from None


def _claim(out: Path) -> None:
    """Mark an output folder as an evaluation's, whose pictures may be replaced."""
    mark = out / ".evaluation"
    for name in _OWN:
        if (out / name).exists() and not mark.exists():
            raise InputError(f"{out / name} is there already and no evaluation wrote it; use another --out")
    mark.touch()


@dataclass(frozen=True, slots=True)
class _Job:
    """What is evaluated: samples, title and published size of the test set, protocol, name of the method."""

    samples: list[Sample]
    title: str
    published: int
    protocol: Protocol
    method: str


def _check(given: argparse.Namespace) -> None:
    """Refuse what cannot be meant, since a flag that is ignored misleads; then fill in what was left out."""
    flags = {name for name, value in vars(given).items() if value is not None}
    mode = "compare" if given.compare else "pred" if given.pred else given.model or "semat"
    if mode == "compare":
        _refuse(flags - {"compare", "out"}, "--compare takes finished evaluations and nothing else but --out")
        return
    if (given.pred and given.weights) or (mode == "semat" and not given.weights):
        raise InputError("nothing to judge, or two things: give --pred DIR, or --weights (or --model closed-form)")
    if mode in NETWORKS and NETWORKS[mode].evaluation is None:
        raise InputError(
            f"--model {mode} gives trimaps, not mattes: its training scores them, and python -m benchmarks.trimaps"
        )
    kind = NETWORKS[mode].prompt if mode in NETWORKS else mode
    _refuse(flags - _COMMON - _OF_MODE[kind], _ONLY[kind])
    if kind == "mask" and not given.mask:
        raise InputError(f"--model {mode} starts from masks: give --mask DIR")
    if kind == "any":
        given.prompt = given.prompt or ("mask" if given.mask else "box")
        if (given.prompt == "mask") != (given.mask is not None):
            raise InputError("--prompt mask and --mask DIR go together: masks are read, not made from the true mattes")
    if not given.boxes:
        _refuse(flags & {"boxes_images", "category", "min_score"}, "which says how to read --boxes")
    if kind == "text":
        given.setting = given.setting or "expression"
    if kind in ("trimap", "any", "reference", "text") and not given.weights:
        raise InputError(f"--model {mode} needs --weights: a folder that training wrote")
    if mode == "vitmatte" and not given.weights:
        raise InputError("--model vitmatte needs --weights: a local folder or a hub name")
    if given.dataset and not given.root:
        raise InputError(f"--dataset {given.dataset} needs --root, the folder where it is")
    if given.dataset and (given.gt or given.trimap or given.image or given.reviewed):
        raise InputError("--dataset has its own alphas, trimaps and photos; leave out --gt, --trimap and --image")
    if not given.dataset and not given.gt:
        raise InputError("nothing to compare with: give --gt DIR, or --dataset NAME and --root DIR")
    if given.root and not given.dataset:
        raise InputError("--root is the folder of a --dataset, which is not given")
    if mode != "pred" and given.gt and not given.image:
        raise InputError("a model predicts from photos: give --image DIR")
    if given.processes is not None and given.processes < 1:
        raise InputError(f"--processes is {given.processes}; expected at least 1")
    for name, least in (("references", 1), ("seed", 0)):
        if (number := getattr(given, name)) is not None and number < least:
            raise InputError(f"--{name} is {number}; expected at least {least}")
    for name, default in _DEFAULTS.items():
        if getattr(given, name) is None:
            setattr(given, name, default)
    given.processes = given.processes or _cores()
    given.name = given.name and " ".join(given.name.split())


def _refuse(flags: set[str], why: str) -> None:
    if flags:
        raise InputError(f"--{min(flags).replace('_', '-')}: {why}")


def _check_folders(given: argparse.Namespace, out: Path) -> None:
    for folder in (given.pred, given.gt, given.image, given.trimap, given.mask, given.root):
        if not folder:
            continue
        check_name(folder)
        if folder != given.root and out.resolve().is_relative_to(folder.resolve()):
            raise InputError(
                f"--out {out} is inside {folder}, whose pictures would no longer be told apart; use another"
            )
        for own in _OWN:
            if folder.resolve().is_relative_to((out / own).resolve()):
                raise InputError(f"{folder} is where this evaluation would write; use another --out")


def _test_set(given: argparse.Namespace) -> tuple[list[Sample], str, int, Protocol]:
    """Samples, title, number of samples as published, protocol."""
    if given.dataset:
        benchmark = BENCHMARKS[given.dataset]
        samples = benchmark.read(given.root)
        protocol = PROTOCOLS[given.protocol or benchmark.protocol]
        title, published = benchmark.title, benchmark.size
    else:
        samples = _true_ones(given)
        protocol = PROTOCOLS[given.protocol or "whole-image"]
        title, published = given.gt.resolve().name, 0
    one = {"mask": "a mask", "any": "a prompt"}.get(NETWORKS[given.model].prompt) if given.model in NETWORKS else None
    if one and samples[0].instances:
        raise InputError(f"--model {given.model} makes one matte of {one}; benchmarks of instances are not for it")
    if given.mask:
        samples = with_masks(samples, given.mask)
    if not given.pred and given.model in NETWORKS and NETWORKS[given.model].prompt == "reference":
        if not all(sample.references for sample in samples):
            raise InputError(f"--model {given.model} starts from references, which only --dataset icm-57 has")
        samples = with_references(samples, given.references, given.seed)
    if given.setting:
        samples = _asked(given, samples)
    if samples[0].instances and (protocol.unknown_only or protocol.of_trimaps):
        raise InputError(f"protocol {protocol.name} is not for instances; use semat or whole-image")
    if protocol.unknown_only and all(sample.trimap is None for sample in samples):
        raise InputError(f"protocol {protocol.name} compares the unknown region of trimaps: {_no_trimaps(given)}")
    if protocol.of_trimaps and given.dataset:
        if any(sample.trimap is None for sample in samples):
            raise InputError(f"protocol {protocol.name} compares trimaps: {_no_trimaps(given)}")
        samples = [replace(sample, truths=(sample.trimap,)) for sample in samples if sample.trimap]
    if given.trimap and given.pred and not protocol.unknown_only:
        print(f"note: protocol {protocol.name} is of the {protocol.region}; trimaps change nothing", file=sys.stderr)
    return samples, title, published, protocol


def _asked(given: argparse.Namespace, samples: list[Sample]) -> list[Sample]:
    """A sample for each text."""
    if not any(sample.texts for sample in samples):
        raise InputError("texts are what only --dataset refmatte has, RefMatte-RW100 with its labels too")
    return with_texts(samples, given.setting)


def _true_ones(given: argparse.Namespace) -> list[Sample]:
    if not is_manifest(given.gt):
        if given.reviewed:
            raise InputError(f"--reviewed goes with a labelling manifest, and {given.gt} has no part-*.parquet")
        return read_folders(given.gt, given.trimap, given.image)
    if given.trimap:
        raise InputError(f"{given.gt} is a labelling manifest, which has trimaps of its own; leave out --trimap")
    return read_manifest(given.gt, given.image, given.reviewed or "all")


def _no_trimaps(given: argparse.Namespace) -> str:
    if not given.dataset:
        return "give --trimap DIR"
    benchmark = BENCHMARKS[given.dataset]
    return f"{benchmark.title} has none below {given.root}, whose folders are {benchmark.layout}"


def _method(given: argparse.Namespace) -> str:
    if given.pred:
        return str(given.pred.resolve().name)
    network = given.model in NETWORKS and given.weights
    name = Path(given.weights).resolve().name if network else str(given.model)
    refined = given.refiner and f"refined-by-{Path(given.refiner).resolve().name}"
    return "-".join(part for part in (name, refined, given.prompt or given.setting) if part)


def _share(device: str) -> Share:
    """Which process of ``accelerate launch`` this is."""
    if int(os.environ.get("WORLD_SIZE") or 1) == 1:
        return Share()
    with models_extra("evaluation in several processes"):
        from accelerate import PartialState
    state = PartialState(cpu=resolve_device(device).type == "cpu")
    return Share(state.process_index, state.num_processes)


def _found(job: _Job, predictions: Path) -> list[Task]:
    """What somebody else predicted."""
    tasks, unused = find_predictions(job.samples, predictions)
    if unused:
        named = ", ".join(str(path) for path in unused[:3])
        print(f"warning: {len(unused)} pictures in {predictions} belong to no sample: {named}", file=sys.stderr)
    return tasks


def _predict(given: argparse.Namespace, job: _Job, folder: Path, share: Share) -> list[Task]:
    """Predict with a model, this process its share; returns everybody's."""
    if job.protocol.of_trimaps:
        raise InputError("protocol trimap compares trimaps, which these models do not predict; use --pred")
    prompt = NETWORKS[given.model].prompt if given.model in NETWORKS else "trimap"
    predict = {
        "box": _predict_from_boxes,
        "mask": _predict_from_masks,
        "trimap": _predict_from_trimaps,
        "any": _predict_from_truths,
        "reference": _predict_from_references,
        "text": _predict_from_texts,
    }[prompt]
    try:
        store = predict(given, job, folder, share)
    except RuntimeError as error:
        if type(error).__name__ == "OutOfMemoryError":  # torch's, which need not be installed
            raise InputError(
                "out of GPU memory: use --precision bf16, or --device cpu; what is done is kept"
            ) from error
        raise
    if share.processes > 1:
        from accelerate import PartialState

        PartialState().wait_for_everyone()
    return store.tasks(job.samples)


def _predict_from_boxes(given: argparse.Namespace, job: _Job, folder: Path, share: Share) -> PredictionStore:
    instances = job.samples[0].instances
    if instances and given.boxes is None:
        raise InputError("instances need --boxes FILE, a detector's COCO-style results, as a user has no true mattes")
    if given.boxes and not instances:
        raise InputError("--boxes are for benchmarks of instances; others take the extents of the true mattes")
    detections = None
    if given.boxes:
        detections = read_detections(given.boxes, job.samples, given.min_score, given.category, given.boxes_images)
    model, precision = _load(given)
    store = PredictionStore(folder, _settings(given, job, precision), detections.boxes if detections else None)
    predict_from_boxes(job.samples, store, job.protocol, model, detections, share)
    return store


def _predict_from_masks(given: argparse.Namespace, job: _Job, folder: Path, share: Share) -> PredictionStore:
    model, precision = _load(given)
    store = PredictionStore(folder, _settings(given, job, precision))
    predict_from_masks(job.samples, store, job.protocol, model, share)
    return store


def _predict_from_truths(given: argparse.Namespace, job: _Job, folder: Path, share: Share) -> PredictionStore:
    model, precision = _load(given)
    store = PredictionStore(folder, _settings(given, job, precision) | {"prompt": given.prompt})
    predict_from_truths(job.samples, store, model, share)
    return store


def _predict_from_references(given: argparse.Namespace, job: _Job, folder: Path, share: Share) -> PredictionStore:
    model, precision = _load(given)
    drawn = {s.id: stamps([s.references[0].image, s.references[0].alpha]) for s in job.samples}
    store = PredictionStore(folder, _settings(given, job, precision), drawn)
    predict_from_references(job.samples, store, job.protocol, model, share)
    return store


def _predict_from_texts(given: argparse.Namespace, job: _Job, folder: Path, share: Share) -> PredictionStore:
    model, precision = _load(given)
    texts = {sample.id: [sample.text.kind, sample.text.text] for sample in job.samples if sample.text}
    store = PredictionStore(folder, _settings(given, job, precision), texts)
    predict_from_texts(job.samples, store, job.protocol, model, share)
    return store


def _load(given: argparse.Namespace) -> Loaded:
    place = NETWORKS[given.model].evaluation
    assert place is not None  # _check refused the others
    loaded: Loaded = load(place)(given)
    return loaded


def _predict_from_trimaps(given: argparse.Namespace, job: _Job, folder: Path, share: Share) -> PredictionStore:
    if all(sample.trimap is None for sample in job.samples):
        raise InputError(f"--model {given.model} starts from trimaps: {_no_trimaps(given)}")
    if given.model in NETWORKS:
        model, precision = _load(given)
    elif given.model == "vitmatte":
        model, precision = load_vitmatte(given.weights, given.device, given.precision)
    else:
        model, precision = load_closed_form()
    store = PredictionStore(folder, _settings(given, job, precision))
    needs_known = given.model not in _ANY_TRIMAP
    predict_from_trimaps(job.samples, store, job.protocol, model, share, needs_known=needs_known)
    return store


def _settings(given: argparse.Namespace, job: _Job, precision: str) -> dict[str, object]:
    """What every prediction depends on."""
    weights = fingerprint(given.weights)
    refined = {"refiner": fingerprint(given.refiner)} if given.refiner else {}
    return {"model": given.model, "weights": weights, "precision": precision, "scale": job.protocol.scale, **refined}


def _judge(job: _Job, tasks: list[Task], out: Path, processes: int) -> int:
    rows = judge_all(tasks, job.protocol, RowStore(out / "rows", job.protocol), processes)
    summary = summarise(rows, job.samples, job.protocol, job.method, job.title, job.published)
    table = make_table([summary])
    _write(out, job, [row for some in rows for row in some], summary, table)
    print(as_text(table))
    for name in ("index.html", "rows.parquet", "table.md", "table.tex", "summary.json"):
        print(f"{name:14} {out / name}")
    return 1 if summary.counts["without score"] else 0


def _write(out: Path, job: _Job, rows: list[Row], summary: Summary, table: Table) -> None:
    about = {"dataset": summary.dataset, "method": summary.method, "protocol": str(job.protocol)}
    write_parquet(out / "rows.parquet", rows, about)
    write_whole(out / "summary.json", json.dumps(summary.as_json(), indent=1).encode())
    write_whole(out / "table.md", as_markdown(table).encode())
    write_whole(out / "table.tex", as_latex(table).encode())
    with tqdm(desc="pictures", unit="case", leave=False) as progress:
        write_page(out, rows, job.protocol, table, {s.id: s.trimap for s in job.samples}, progress.update)


def _compare(given: argparse.Namespace) -> int:
    """Tables of finished evaluations, one a test set and protocol."""
    if int(os.environ.get("RANK") or 0):  # one process of accelerate launch speaks for all
        return 0
    groups: dict[tuple[str, str], list[Summary]] = {}
    for folder in given.compare:
        path = folder / "summary.json"
        if not path.is_file():
            raise MissingError(f"{path} does not exist; expected what an evaluation wrote")
        try:
            summary = Summary.from_json(json.loads(path.read_bytes()))
            make_table([summary])
        except (ValueError, KeyError, TypeError, AttributeError):
            raise InputError(f"{path} is no summary of an evaluation") from None
        groups.setdefault((summary.test_set, summary.protocol), []).append(summary)
    tables = [make_table(group) for group in groups.values()]
    print("\n".join(as_text(table) for table in tables))
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
        write_whole(given.out / "table.md", "\n".join(as_markdown(table) for table in tables).encode())
        write_whole(given.out / "table.tex", "\n".join(as_latex(table) for table in tables).encode())
        print(f"{given.out / 'table.md'}\n{given.out / 'table.tex'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
