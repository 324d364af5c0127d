"""The Prefect flow that trains SEMat on what was labelled, and evaluates it, once enough mattes are new.

``OUT/<mattes>-<digest>/`` is one training: ``data/`` the manifests as they were when it began, ``model/``,
``evaluation/<test set>/`` and, when it is finished, ``trained.json``, of which ``OUT/trained.json`` is the latest.
"""

import dataclasses
import hashlib
import json
import shutil
import sys
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout
from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Completed

from flows.unattended.gpus import visible
from flows.unattended.jobs import RETRIES, RETRY_DELAY_SECONDS, attempt, skipped
from flows.unattended.limits import gpu_slots, output_limit, output_slot
from flows.unattended.parameters import Shown
from flows.unattended.subprocess_log import run_logged
from flows.unattended.training_settings import DECIDED, Evaluation, Train, TrainingConfig
from pipelines.errors import UserError
from pipelines.review.mirroring import mirror_reviews
from pipelines.storage.files import copy_whole, write_whole
from pipelines.storage.lock import disk_errors, locked
from pipelines.storage.manifest import open_part, part_paths, pictures_root
from pipelines.storage.mirroring import mirror

FINISHED = "trained.json"
STARTED = "started.json"
_LAST_WORDS = 120.0
"""Seconds that a training which was told to stop may still write."""
_PICTURES = ("alphas", "trimaps")
_ROW = ("sample_id", "input_hash", "config_hash")
"""What tells a matte from every other, and from itself as it was made before."""

Mattes = frozenset[bytes]


@flow(
    name="semat-training",
    flow_run_name="{config.out.name}",
    description="Train SEMat on what was labelled, and evaluate it, once enough mattes are new.",
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAY_SECONDS,
    persist_result=False,
)
def train_semat(config: Annotated[TrainingConfig, Shown()]) -> State[Any]:
    """Go on with an unfinished training, or start one if enough mattes are new since the last.

    Args:
        config: where from, where to, from how many new mattes on, and every setting of training and evaluation.

    Raises:
        RuntimeError: training or evaluation ended with an error.
    """
    return attempt(lambda: _alone(config))


def _alone(config: TrainingConfig) -> State[Any]:
    with output_slot(config.out, config), locked(config.out), disk_errors(config.out):
        return _train(config)


def _train(config: TrainingConfig) -> State[Any]:
    log = get_run_logger()
    run = unfinished(config)
    if run is None:
        if config.mirror is not None:
            number = mirror(config.mirror.out, config.mirror.folder, config.mirror.images)
            mirror_reviews(config.mirror.out, config.mirror.folder)
            log.info(f"version {number} of {config.mirror.out} is in {config.mirror.folder}")
        mattes = read_mattes(config.train)
        new = len(mattes - last_mattes(config.out))
        said = f"{new:,} of {config.min_new_mattes:,} new mattes"
        if new < config.min_new_mattes:
            return skipped(said)
        run = begin(config, mattes, new)
        log.info(f"{said}: training on all {len(mattes):,} in {run}")
    else:
        log.info(f"going on with the training that was begun in {run}")
    on_gpus = config.train.device == "cuda" or (config.train.device == "auto" and bool(visible()))
    with gpu_slots(config.processes if on_gpus else 0):
        _await_end(run / "model")
        try:
            run_logged(training_words(config, run), "training")
        except UserError as error:
            raise UserError(f"{error}; to begin anew, remove {run}") from None
        for test in config.evaluate:
            run_logged(evaluation_words(config, run, test), f"evaluation on {test.name()}", may=(1,))
    return finish(config, run)


def _await_end(model: Path) -> None:
    """A training whose run was killed writes a last checkpoint, for which it may take a while."""
    model.mkdir(parents=True, exist_ok=True)
    with suppress(Timeout), FileLock(model / ".lock", timeout=_LAST_WORDS):
        pass


def training_words(config: TrainingConfig, run: Path) -> list[str]:
    """The command that trains, or goes on training, in a run's folder."""
    given = dataclasses.replace(config.train, manifest=None, images=None, data=run / "data" / "recipe.toml")
    return [*_launch(config, "matting_models.train"), "semat", "--out", str(run / "model"), "--resume", *given.words()]


def evaluation_words(config: TrainingConfig, run: Path, test: Evaluation) -> list[str]:
    """The command that evaluates what was trained in a run's folder."""
    given = ["--weights", str(run / "model"), "--out", str(run / "evaluation" / test.name()), *test.words()]
    return [*_launch(config, "matting_models.evaluate"), *given, "--device", config.train.device]


def _launch(config: TrainingConfig, module: str) -> list[str]:
    if config.processes == 1:
        return [sys.executable, "-m", module]
    launch = [sys.executable, "-m", "accelerate.commands.launch"]
    return [*launch, "--num_processes", str(config.processes), "-m", module]


# ---- what there is to train on ----------------------------------------------------------------------------------


def sources(train: Train) -> dict[str, list[dict[str, Any]]]:
    """The tables of the recipe, or the one that --manifest and --images stand for; folders absolute.

    Raises:
        UserError: the recipe cannot be read, or names no manifest to train on.
    """
    if train.data is None:
        return {"train": [{"kind": "manifest", "manifest": str(train.manifest), "images": str(train.images)}]}
    try:
        content = tomllib.loads(train.data.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{train.data}: cannot be read as TOML: {error}") from None
    recipe = {
        section: [
            {k: v if k in ("kind", "weight") else str(train.data.parent / str(v)) for k, v in table.items()}
            for table in content.get(section, [])
        ]
        for section in ("train", "validation")
    }
    if not any(table.get("kind") == "manifest" for table in recipe["train"]):
        raise UserError(f'{train.data}: no [[train]] table of kind "manifest", so no mattes to wait for')
    return recipe


def manifests(train: Train) -> list[Path]:
    """Folders of the manifests that are trained on."""
    return [Path(table["manifest"]) for table in sources(train)["train"] if table.get("kind") == "manifest"]


def _rows(folders: list[Path]) -> Iterator[bytes]:
    """One digest per matte: which it is, and what it was made from."""
    for number, folder in enumerate(folders):
        for part in part_paths(folder):
            try:
                columns = pq.read_table(open_part(part), columns=list(_ROW)).to_pydict()
            except (OSError, pa.ArrowException) as error:
                raise UserError(f"{part}: not a part of a manifest: {error}") from None
            for row in zip(*(columns[name] for name in _ROW), strict=True):
                yield hashlib.blake2b(repr((number, *row)).encode(), digest_size=16).digest()


def read_mattes(train: Train) -> Mattes:
    """The mattes that the manifests list now; none where nothing was labelled yet.

    Raises:
        UserError: a manifest or the recipe cannot be read.
    """
    return frozenset(_rows(manifests(train)))


def last_mattes(out: Path) -> Mattes:
    """The mattes that the last finished training had."""
    file = out / FINISHED
    if not file.is_file():
        return frozenset()
    return frozenset(_rows(_kept(out / json.loads(file.read_bytes())["run"])))


# ---- one training -----------------------------------------------------------------------------------------------


def _settings(train: Train) -> str:
    """Digest of the settings that shape the result."""
    given = {k: v for k, v in json.loads(train.to_json()).items() if k not in (train.resumable | set(DECIDED))}
    return hashlib.sha256(json.dumps([given, sources(train)], sort_keys=True).encode()).hexdigest()


def unfinished(config: TrainingConfig) -> Path | None:
    """The training that was begun last with these settings, if it is not finished."""
    begun = sorted(config.out.glob(f"*/{STARTED}"), key=lambda file: file.stat().st_mtime_ns)
    for file in reversed(begun):
        if json.loads(file.read_bytes())["settings"] == _settings(config.train):
            return None if (file.parent / FINISHED).is_file() else file.parent
    return None


def begin(config: TrainingConfig, mattes: Mattes, new: int) -> Path:
    """Make a training's folder and keep the manifests as they are now; returns the folder.

    Labelling may go on meanwhile: rows stay as they were. Pictures of mattes that were made anew go with the version
    that has them; training skips those, up to its ``max_skipped``.

    Raises:
        OSError: the folder cannot be written.
    """
    settings = _settings(config.train)
    state = hashlib.sha256(b"".join(sorted(mattes)) + settings.encode()).hexdigest()
    run = config.out / f"{len(mattes):07d}-{state[:8]}"
    shutil.rmtree(run / "data", ignore_errors=True)
    recipe = sources(config.train)
    for number, table in enumerate(t for t in recipe["train"] if t.get("kind") == "manifest"):
        table["manifest"] = _keep(Path(table["manifest"]), run / "data" / str(number))
    write_whole(run / "data" / "recipe.toml", _toml(recipe).encode())
    about = {"mattes": len(mattes), "new": new, "settings": settings}
    write_whole(run / STARTED, json.dumps(about, indent=1).encode())
    return run


def _keep(manifest: Path, folder: Path) -> str:
    """Second names of a manifest's parts, which are replaced but never changed, and links to its pictures."""
    kept = folder / "manifest"
    kept.mkdir(parents=True)
    version = manifest.resolve()  # labelling may make another one current meanwhile
    for part in part_paths(version):
        copy_whole(part, kept / part.name)
    for name in _PICTURES:
        (folder / name).symlink_to((pictures_root(version) / name).resolve(), target_is_directory=True)
    return str(kept.resolve())


def _kept(run: Path) -> list[Path]:
    """The manifests that a training keeps, in order."""
    return [path / "manifest" for path in sorted((run / "data").glob("[0-9]*"), key=lambda path: int(path.name))]


def _toml(recipe: dict[str, list[dict[str, Any]]]) -> str:
    """Text and numbers are written in TOML as in JSON."""
    lines = []
    for section, tables in recipe.items():
        for table in tables:
            lines += [f"[[{section}]]", *(f"{key} = {json.dumps(value)}" for key, value in table.items()), ""]
    return "\n".join(lines)


def finish(config: TrainingConfig, run: Path) -> State[Any]:
    """Write down what was trained on and what came out; returns the final state.

    Raises:
        OSError: the folder cannot be written.
    """
    about = json.loads((run / STARTED).read_bytes())
    scores = {test.name(): _scores(run / "evaluation" / test.name()) for test in config.evaluate}
    record = {
        "run": run.name,
        "mattes": about["mattes"],
        "new": about["new"],
        "manifests": [str(path) for path in manifests(config.train)],
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "validation_sad": _best(run / "model" / "metrics.jsonl"),
        "scores": scores,
    }
    content = json.dumps(record, indent=1).encode()
    write_whole(run / FINISHED, content)
    write_whole(config.out / FINISHED, content)
    text = markdown(config, run, record)
    create_markdown_artifact(text, key=output_limit(config.out), description="What was trained, and how good it is")
    for name in ("model", *(["evaluation"] if scores else []), FINISHED):
        get_run_logger().info(f"{name:14} {run / name}")
    return Completed(message=f"trained on {about['mattes']:,} mattes, {about['new']:,} of them new, in {run.name}")


def _scores(folder: Path) -> dict[str, Any]:
    """The means of an evaluation."""
    means: dict[str, Any] = json.loads((folder / "summary.json").read_bytes())["values"]
    return means


def _best(metrics: Path) -> float | None:
    """The least SAD of the validations."""
    rows = map(json.loads, metrics.read_text(encoding="utf-8").splitlines())
    return min((row["validation_sad"] for row in rows if "validation_sad" in row), default=None)


def markdown(config: TrainingConfig, run: Path, record: dict[str, Any]) -> str:
    """What people want to know of a training, as Markdown."""
    sad = record["validation_sad"]
    lines = [
        f"# SEMat on {record['mattes']:,} mattes",
        "",
        f"{record['new']:,} of them are new or changed since the training before.",
        "",
        "| what | where |",
        "| --- | --- |",
        f"| weights | `{run / 'model'}` |",
        f"| validation sheets | `{run / 'model' / 'pictures'}` |",
        *(f"| {t.name()} | `{run / 'evaluation' / t.name() / 'index.html'}` |" for t in config.evaluate),
        "",
        f"Best validation SAD: {'none' if sad is None else format(sad, '.3f')}",
    ]
    for test in config.evaluate:
        table = (run / "evaluation" / test.name() / "table.md").read_text(encoding="utf-8")
        lines += ["", f"## {test.name()}", "", table.rstrip()]
    return "\n".join(lines) + "\n"
