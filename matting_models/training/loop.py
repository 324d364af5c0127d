"""The training loop, on accelerate: everything that is the same whatever network is trained."""

import json
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from filelock import FileLock, Timeout
from torch import Tensor
from tqdm import tqdm

from matting_models.data import Batch, Draws, EvaluationSet, Skips, TrainingSet, evaluation_loader, training_loader
from matting_models.errors import InputError
from matting_models.training.checkpoint import (
    REMEDY,
    checkpoint_path,
    list_checkpoints,
    prune,
    read_state,
    write_checkpoint,
)
from matting_models.training.monitor import Monitor
from matting_models.training.processes import gather
from matting_models.training.protocol import Network
from matting_models.training.settings import TrainSettings
from matting_models.training.sources import Sources, open_sources
from matting_models.training.validation import Validation, validate
from matting_models.weights import resolve_device, resolve_precision
from pipelines.storage.files import write_whole

SETTINGS_FILE = "settings.json"
SKIPPED_FILE = "skipped.json"
OVERFLOWS = 50
"""So many steps in a row without a finite gradient in fp16 end a run: its loss scale is then below 1e-10."""
FEW = 20
"""Fewer validation samples choose the best weights by chance."""
_PRECISION_NAMES: dict[torch.dtype, Literal["fp32", "bf16", "fp16"]] = {
    torch.float32: "fp32",
    torch.bfloat16: "bf16",
    torch.float16: "fp16",
}
_AMP = {torch.float32: "no", torch.bfloat16: "bf16", torch.float16: "fp16"}


class Trainer:
    """One run of training.

    Args:
        kind: of network.
        settings: of ``kind.settings_class``, checked here.

    Raises:
        InputError: settings, data or weights cannot be used.
    """

    def __init__(self, kind: type[Network], settings: TrainSettings) -> None:
        settings.check()
        self._kind = kind
        device = resolve_device(settings.device)
        precision = resolve_precision(settings.precision, device)
        # What auto stands for on another machine must not change between a stop and a resume.
        self.settings = replace(settings, precision=_PRECISION_NAMES[precision])
        self.accelerator = Accelerator(mixed_precision=_AMP[precision], cpu=device.type == "cpu")
        self.checkpoints = settings.out / "checkpoints"
        self.step = 0
        self.best: tuple[float, int] | None = None
        self._stop: int | None = None
        self._overflows = 0
        self._skipped: dict[str, str] = {}  # of all processes, at the last checkpoint

    def run(self) -> Path:
        """Train to the end, or until asked to stop; returns the folder of the weights."""
        sources = open_sources(self.settings)
        if not self.accelerator.is_main_process:
            return self._run(sources)
        self.settings.out.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.settings.out / ".lock", timeout=0):
                return self._run(sources)
        except Timeout:
            raise InputError(f"{self.settings.out} is being trained in by another process") from None

    def _run(self, sources: Sources) -> Path:
        resumed = self._claim_out()
        set_seed(self.settings.seed)
        self._build(sources)
        # One network everywhere, but dropout of its own in every process.
        set_seed(self.settings.seed, device_specific=True)
        if resumed is not None:
            self._restore(resumed, sources)
        monitor = Monitor(self.settings.out, self.step) if self.accelerator.is_main_process else None
        self._say_start(sources, monitor)
        with _stop_requests(self):
            try:
                self._loop(sources, monitor)
            except torch.OutOfMemoryError as error:
                raise InputError(self._out_of_memory()) from error
            except RuntimeError as error:
                if "DataLoader worker" not in str(error):
                    raise
                raise InputError(
                    "a loader process was killed, as happens when memory ends: lower --workers; "
                    "--resume goes on from the last checkpoint"
                ) from error
            finally:
                if self.accelerator.is_main_process:
                    self._write_skipped(self._skipped | self.skips.reasons)
                if monitor is not None:
                    monitor.close()
        return self.settings.out

    # ---- beginning ----------------------------------------------------------------------------------------------

    def _claim_out(self) -> Path | None:
        """Check what stands in --out; returns the checkpoint to resume from."""
        settings, file = self.settings, self.settings.out / SETTINGS_FILE
        existing = list_checkpoints(self.checkpoints)
        if existing and not settings.resume:
            raise InputError(f"{settings.out} holds a run already; --resume continues it, or choose another --out")
        if not existing and any((settings.out / name).exists() for name in self._kind.files):
            raise InputError(
                f"{settings.out} holds a model but no checkpoint to go on from, and training would overwrite it; "
                "choose another --out"
            )
        if existing and file.is_file():
            settings.check_unchanged(file)
        self.accelerator.wait_for_everyone()
        if self.accelerator.is_main_process:
            write_whole(file, settings.to_json().encode())
        return existing[-1] if existing else None

    def _build(self, sources: Sources) -> None:
        accelerator, settings = self.accelerator, self.settings
        self.network = self._kind(settings, accelerator.device, accelerator.num_processes)
        names, optimisers = list(self.network.modules), self.network.optimisers
        self._rates = [[group["lr"] for group in optimiser.param_groups] for optimiser in optimisers]
        prepared = accelerator.prepare(*self.network.modules.values(), *optimisers)
        self.wrapped = dict(zip(names, prepared, strict=False))
        self.optimisers = prepared[len(names) :]
        self.training_set = TrainingSet(
            [source for source, _ in sources.training], self.network.examples, settings.seed
        )
        self.evaluation_set = EvaluationSet(sources.validation, self.network.examples)
        self.skips = Skips(settings.max_skipped)

    def _restore(self, checkpoint: Path, sources: Sources) -> None:
        state = read_state(checkpoint)
        if (found := state.get("kind")) != self._kind.name:
            raise InputError(
                f"{checkpoint} is of {found or 'an earlier release'}, expected {self._kind.name}; "
                "start another run with another --out"
            )
        if state["world_size"] != self.accelerator.num_processes:
            raise InputError(
                f"{checkpoint} was written by {state['world_size']} processes, now there are "
                f"{self.accelerator.num_processes}; resume with as many"
            )
        then, now = [tuple(x) for x in state["sources"]], sources.identities()
        if then != now:
            before, after = (sum(source[0] for source in x) for x in (then, now))
            raise InputError(
                f"{checkpoint} was trained on other data, or mixed otherwise: {before:,} samples then, {after:,} now; "
                "resume with the same, or start another run with another --out"
            )
        try:
            self.network.load(checkpoint, state["network"])
        except InputError as error:
            raise InputError(f"{error}; {REMEDY}") from error
        for optimiser, then in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(then)
        self.skips.load_state_dict(state["skips"][self.accelerator.process_index])
        self._skipped = _all_reasons(state["skips"])
        if self.accelerator.scaler is not None and state["scaler"] is not None:
            self.accelerator.scaler.load_state_dict(state["scaler"])
        self.step = state["step"]
        self.best = None if state["best"] is None else (state["best"][0], state["best"][1])
        _set_rng(state["rng"][self.accelerator.process_index])
        self._export_best()

    def _say_start(self, sources: Sources, monitor: Monitor | None) -> None:
        if monitor is None:
            return
        rows = sum(len(source) for source, _ in sources.training)
        say = tqdm.write
        say(self.network.describe())
        say(f"{rows:,} training samples, {len(self.evaluation_set):,} for validation; {self._hardware()}")
        if not monitor.tensorboard:
            say("TensorBoard is not installed: scalars go to metrics.jsonl only")
        for source in sources.training_and_validation():
            if unmatched := getattr(source, "unmatched", 0):
                say(f"{source.name}: {unmatched:,} images have no alpha (or trimap) of their name and are left out")
        if len(self.evaluation_set) < FEW:
            say(
                f"only {len(self.evaluation_set)} validation samples: which weights are best is left to chance; "
                "raise --validation-fraction or name a [[validation]] source"
            )
        if self.step:
            say(f"resumed at iteration {self.step:,}")
        if self.step >= self.settings.iterations:
            say(f"all {self.settings.iterations:,} iterations are done already; nothing to do")

    def _hardware(self) -> str:
        device = self.accelerator.device
        name = torch.cuda.get_device_name(device) if device.type == "cuda" else "the CPU"
        return f"{self.accelerator.num_processes} x {name}, mixed precision {self.accelerator.mixed_precision}"

    # ---- the loop -----------------------------------------------------------------------------------------------

    def _batches(self, sources: Sources) -> Iterator[Batch]:
        settings, per_step = self.settings, self.settings.gradient_accumulation
        draws = Draws(
            [len(source) for source, _ in sources.training],
            [weight for _, weight in sources.training],
            settings.seed,
            settings.batch_size,
            rank=self.accelerator.process_index,
            world_size=self.accelerator.num_processes,
            start=self.step * per_step,
            count=(settings.iterations - self.step) * per_step,
        )
        return iter(training_loader(self.training_set, draws, settings.workers))

    def _loop(self, sources: Sources, monitor: Monitor | None) -> None:
        settings = self.settings
        rng = _get_rng()  # Making loaders draws from torch's generator; what training sees must not depend on that.
        batches = self._batches(sources)
        _set_rng(rng)
        bar = tqdm(total=settings.iterations, initial=self.step, unit="it", disable=monitor is None, dynamic_ncols=True)
        if self.step == 0:
            self._validate(monitor)
        spent, counted = 0.0, 0  # on iterations alone, since the last row
        while self.step < settings.iterations:
            begun = time.perf_counter()
            terms = self._iterate(batches)
            spent, counted = spent + time.perf_counter() - begun, counted + 1
            self.step += 1
            bar.update()
            if self.step % settings.log_every == 0 and monitor is not None:
                rate = counted * self._samples_per_step() / spent
                spent, counted = 0.0, 0
                bar.set_postfix(loss=f"{terms['loss']:.3f}")
                monitor.scalars(self.step, terms | self._vitals(rate))
            stopping = self._asked_to_stop()
            if self._is_due(settings.validate_every):
                self._validate(monitor)
            if stopping or self._is_due(settings.checkpoint_every) or self._is_due(settings.validate_every):
                self._save(sources)
            if stopping and self.step < settings.iterations:
                bar.close()
                raise KeyboardInterrupt(f"stopped at iteration {self.step:,}; --resume goes on from here")
        bar.close()

    def _is_due(self, every: int) -> bool:
        return self.step % every == 0 or self.step == self.settings.iterations

    def _samples_per_step(self) -> int:
        settings = self.settings
        return settings.batch_size * settings.gradient_accumulation * int(self.accelerator.num_processes)

    def _vitals(self, rate: float) -> dict[str, float]:
        memory = torch.cuda.max_memory_allocated() / 2**30 if self.accelerator.device.type == "cuda" else 0.0
        return {
            "learning_rate": self.optimisers[0].param_groups[0]["lr"],
            "samples_per_second": rate,
            "gpu_peak_gib": memory,
            "skipped": float(self.skips.total),
        }

    def _iterate(self, batches: Iterator[Batch]) -> dict[str, float]:
        """One step of every optimiser whose turn it is, on the same batches.

        Returns the mean of every loss term, and gradients' norms.

        What belongs to a second optimiser has a 2 behind its name.
        """
        factor = self.network.rate_factor(self.step)
        some = [self._next(batches) for _ in range(self.settings.gradient_accumulation)]
        values: dict[str, float] = {}
        for turn in self.network.turns(self.step):
            for group, rate in zip(self.optimisers[turn].param_groups, self._rates[turn], strict=True):
                group["lr"] = rate * factor
            found = self._turn(some, turn)
            values |= found if turn == 0 else {f"{name}_{turn + 1}": value for name, value in found.items()}
        self.network.after_iteration(self.step)
        return values

    def _next(self, batches: Iterator[Batch]) -> Batch:
        batch = next(batches)
        self.skips.add(batch)
        return batch

    def _turn(self, batches: list[Batch], turn: int) -> dict[str, float]:
        """One step of one optimiser."""
        sums: dict[str, float] = {}
        for number, batch in enumerate(batches):
            for name, value in self._micro(batch, turn, last=number == len(batches) - 1).items():
                sums[name] = sums.get(name, 0.0) + value / len(batches)
        optimiser = self.optimisers[turn]
        sums["gradient_norm"] = self._gradient_norm(optimiser, [name for batch in batches for name in batch.sample_ids])
        optimiser.step()
        for other in self.optimisers:  # whose parameters this turn's loss may have reached too
            other.zero_grad(set_to_none=True)
        return sums

    def _micro(self, batch: Batch, turn: int, *, last: bool) -> dict[str, float]:
        """Forward and backward of one batch."""
        ids = batch.sample_ids
        batch = batch.to(self.accelerator.device)
        with _sync_if(last, self.accelerator, self.wrapped.values()):
            terms = self.network.losses(batch, self.wrapped, turn)
            values = dict(zip(terms, torch.stack(list(terms.values())).detach().tolist(), strict=True))
            _check_finite(values, self.step, ids)
            self.accelerator.backward(terms["loss"] / self.settings.gradient_accumulation)
        return values

    def _out_of_memory(self) -> str:
        size, hints = self.network.input_size, self.network.lighter()
        if self.settings.batch_size > 1:
            hints = [*hints, "lower --batch-size and raise --gradient-accumulation by as much in a new --out"]
        hints = hints or [self.network.without_smaller_batch()]
        return (
            f"out of GPU memory with --batch-size {self.settings.batch_size} at {size} x {size} pixels: "
            + ", or ".join(hints)
        )

    def _gradient_norm(self, optimiser: Any, ids: list[str]) -> float:
        if self.accelerator.scaler is not None:
            self.accelerator.unscale_gradients(optimiser)
        parameters = [p for group in optimiser.param_groups for p in group["params"] if p.grad is not None]
        total = torch.nn.utils.get_total_norm([p.grad for p in parameters])
        norm = float(total)
        # With fp16, overflow is ordinary: the scaler skips the step and lowers its scale.
        if self.accelerator.scaler is None:
            _check_finite({"gradient": norm}, self.step, ids)
        self._overflows = 0 if norm < float("inf") else self._overflows + 1
        if self._overflows > OVERFLOWS:
            raise InputError(
                f"iteration {self.step + 1:,}: the gradient was not finite for {self._overflows} iterations in a row; "
                f"the last batch was {', '.join(ids)}. Use --precision bf16 or fp32 in a new --out"
            )
        if self.network.max_norm is not None:
            torch.nn.utils.clip_grads_with_norm_(parameters, self.network.max_norm, total)
        return norm

    # ---- validation and checkpoints -----------------------------------------------------------------------------

    def _validate(self, monitor: Monitor | None) -> Validation:
        rng = _get_rng()
        loader = evaluation_loader(
            self.evaluation_set,
            self.settings.batch_size,
            self.settings.workers,
            rank=self.accelerator.process_index,
            world_size=self.accelerator.num_processes,
        )
        result = validate(self.network, loader, self.accelerator)
        _set_rng(rng)
        self.skips.reasons.update(result.skipped)
        if result.samples == 0:
            reason = next(iter(result.skipped.values()), "none was read")
            raise InputError(f"no validation sample can be used; the first: {reason}")
        verdict = self.network.verdict(result.means)
        if self.step and verdict.score < (self.best[0] if self.best else float("inf")):
            self.best = (verdict.score, self.step)
        if monitor is not None:
            named = {f"validation_{name}": value for name, value in verdict.values.items()}
            monitor.scalars(self.step, named | {"validation_samples": result.samples})
            if result.sheet is not None:
                monitor.picture(self.step, result.sheet)
            tqdm.write(
                f"iteration {self.step:,}: validation {verdict.text}, {result.samples} samples"
                + (f", {len(result.skipped)} could not be read" if result.skipped else "")
            )
        return result

    def _save(self, sources: Sources) -> None:
        rngs = gather(_get_rng(), self.accelerator.num_processes)
        skips = gather(self.skips.state_dict(), self.accelerator.num_processes)
        if self.accelerator.is_main_process:
            scaler = self.accelerator.scaler
            state = {
                "step": self.step,
                "best": None if self.best is None else list(self.best),
                "world_size": self.accelerator.num_processes,
                "sources": [list(x) for x in sources.identities()],
                "kind": self._kind.name,
                "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
                "network": self.network.state_dict(),
                "scaler": None if scaler is None else scaler.state_dict(),
                "skips": skips,
                "rng": rngs,
            }
            write_checkpoint(self.checkpoints, self.step, self.network, state)
            if self.best is not None and self.best[1] == self.step:
                self._export_best()
            prune(self.checkpoints, self.settings.keep_checkpoints, self.best[1] if self.best else None)
            self._skipped = _all_reasons(skips)
            self._write_skipped(self._skipped)
        self.accelerator.wait_for_everyone()

    def _export_best(self) -> None:
        """Copy the best checkpoint's weights to where users look for them: only after they stand in a checkpoint."""
        if self.best is None or not self.accelerator.is_main_process:
            return
        best = checkpoint_path(self.checkpoints, self.best[1])
        for name in self._kind.files:
            if (best / name).is_file():
                (self.settings.out / name).parent.mkdir(exist_ok=True)
                write_whole(self.settings.out / name, (best / name).read_bytes())

    def _write_skipped(self, reasons: dict[str, str]) -> None:
        if reasons:
            content = json.dumps(reasons, indent=1, ensure_ascii=False, sort_keys=True)
            write_whole(self.settings.out / SKIPPED_FILE, content.encode())

    # ---- stopping -----------------------------------------------------------------------------------------------

    def request_stop(self, number: int, frame: FrameType | None) -> None:
        """Signal handler: finish the iteration, write a checkpoint, end. A second signal ends at once."""
        if self._stop is not None:
            sys.exit(128 + number)
        self._stop = number

    def _asked_to_stop(self) -> bool:
        """Whether any process was: they must stop at the same iteration."""
        asked = self._stop is not None
        if self.accelerator.num_processes == 1:
            return asked
        flag = torch.tensor(float(asked), device=self.accelerator.device)
        return bool(self.accelerator.reduce(flag, "sum") > 0)


@contextmanager
def _stop_requests(trainer: Trainer) -> Iterator[None]:
    """Ctrl-C and SIGTERM (which cluster schedulers send) end the run after the iteration in progress."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, trainer.request_stop) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


@contextmanager
def _sync_if(last: bool, accelerator: Accelerator, modules: Iterable[Any]) -> Iterator[None]:
    """Gradients travel between processes only in the last backward pass of an optimiser step."""
    with ExitStack() as stack:
        for module in [] if last else modules:
            stack.enter_context(accelerator.no_sync(module))
        yield


def _check_finite(values: dict[str, float], step: int, ids: list[str]) -> None:
    wrong = [name for name, value in values.items() if not abs(value) < float("inf")]
    if wrong:
        raise InputError(
            f"iteration {step + 1:,}: {', '.join(wrong)} is not finite; the batch was {', '.join(ids)}. "
            "Resume from the last checkpoint with a lower --learning-rate in a new --out, or look at those samples"
        )


def _all_reasons(skips: list[dict[str, Any]]) -> dict[str, str]:
    """Of the skips of all processes."""
    return {ident: reason for part in skips for ident, reason in part["reasons"].items()}


def _get_rng() -> dict[str, Tensor]:
    state = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state()
    return state


def _set_rng(state: dict[str, Tensor]) -> None:
    torch.set_rng_state(state["cpu"])
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])
