"""What runs inside a worker process: builds the backend once, then labels shards."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from ctypes import Array
from functools import lru_cache
from multiprocessing import connection, parent_process
from typing import Any

from matting_models.backends.registry import create_backend, weights_revision
from matting_models.backends.trimaps import create_trimaps, trimaps_revision
from pipelines.config import MASK_TO_MATTE, JobConfig, LabellingConfig, MattingConfig, QualityConfig, TrimapConfig
from pipelines.errors import UserError
from pipelines.labelling.job import Agreement, Annotate, Methods, ShardJob
from pipelines.labelling.matting import MaskMatting, MaskTrimaps, MattingBackend
from pipelines.labelling.shard import label_shard

_progress: Any = None


def start(progress: "Array[Any]") -> None:
    """Initialise a worker: it keeps the parent's progress board and ends when the parent does, even by SIGKILL."""
    global _progress
    _progress = progress
    # Ctrl-C reaches every process of the terminal; the parent decides what it means and ends the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


@lru_cache(maxsize=1)
def backend_for(config: MattingConfig) -> MattingBackend | MaskMatting:
    """The configured backend, loaded once per process."""
    return create_backend(
        config.backend,
        weights=config.weights,
        device=config.device,
        precision=config.precision,
        batch_size=config.batch_size,
    )


@lru_cache(maxsize=1)
def agreement_for(quality: QualityConfig, matting: MattingConfig) -> Agreement | None:
    """The agreement gate's model, if one is configured."""
    if quality.sam_weights is None:
        return None
    from matting_models.backends.agreement import SamAgreement

    return SamAgreement(quality.sam_weights, matting.device, matting.precision)


@lru_cache(maxsize=1)
def trimaps_for(trimap: TrimapConfig, matting: MattingConfig) -> MaskTrimaps | None:
    """The network of the trimap rule, if it has one."""
    if not trimap.of_network:
        return None
    return create_trimaps(trimap.rule, trimap.weights, matting.device, matting.precision)


def methods_for(config: LabellingConfig) -> Methods:
    """All that a shard is labelled with."""
    return Methods(
        backend_for(config.matting),
        trimaps_for(config.trimap, config.matting),
        agreement_for(config.quality, config.matting),
    )


def load_methods(config: JobConfig) -> None:
    """Load all that shards are labelled with before the first of them comes; what is composed needs nothing."""
    if isinstance(config, LabellingConfig):
        methods_for(config)


def weights_of(config: LabellingConfig) -> str:
    """What tells the weights that the mattes come from from others, as far as it is known before they are loaded.

    Raises:
        UserError: no such weights, or what would read them is not installed.
    """
    trimap = config.trimap
    try:
        matting = weights_revision(config.matting.backend, config.matting.weights)
        trimaps = trimaps_revision(trimap.rule, trimap.weights) if trimap.of_network else ""
    except (FileNotFoundError, ModuleNotFoundError) as error:
        raise UserError(str(error)) from None
    return ",".join(filter(None, (matting, trimaps)))


def needs_models(config: LabellingConfig) -> bool:
    """Whether the settings name anything that may turn out not to be there: weights, a GPU, another backend."""
    matting = config.matting
    plain = matting.backend in (MASK_TO_MATTE, "closed-form") and matting.weights is None and matting.device != "cuda"
    return not plain or config.trimap.weights is not None or config.quality.sam_weights is not None


def has_network(config: LabellingConfig) -> bool:
    """Whether mattes, trimaps or gates come from a network, which takes the GPU where there is one."""
    network = config.matting.backend != "closed-form" or config.trimap.of_network
    return network or config.quality.sam_weights is not None


def check_models(config: LabellingConfig) -> str:
    """Load what the settings name, so that a mistake shows before the first image.

    Returns:
        The backend, its revision and the device it took, for people to see.

    Raises:
        UserError: the backend, its weights or its device cannot be used.
    """
    try:
        methods = methods_for(config)
    except (ModuleNotFoundError, ValueError, FileNotFoundError) as error:
        raise UserError(str(error)) from None
    return f"{methods.matting.name} ({methods.revision}) on {getattr(methods.matting, 'device', 'cpu')}"


def run_shard(job: ShardJob, annotate: Annotate | None = None) -> Counter[str]:
    """Label one shard in this process; ``annotate`` as in ``label_shard``."""
    return label_shard(job, methods_for(job.config), progress_of(job.shard), annotate)


def progress_of(shard: int) -> Callable[[], None]:
    """What counts a shard's images on the parent's progress board, from 0."""

    def on_image() -> None:
        if _progress is not None:
            _progress[shard] += 1

    if _progress is not None:
        _progress[shard] = 0
    return on_image
