"""What a person sees on the console: progress with rate and time left, the plan, the summary, errors in one line."""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from pipelines.storage.current import current
from pipelines.storage.files import is_local, same_file
from pipelines.storage.manifest import KINDS
from pipelines.storage.versions import folder_of

console = Console(stderr=True, highlight=False)


class _RateColumn(ProgressColumn):
    """Images per second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:.1f}/s", style="progress.data.speed")


@contextmanager
def image_progress(total: int, read: Callable[[], int]) -> Iterator[None]:
    """A bar over images, fed by polling ``read`` from a thread of its own."""
    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _RateColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    stop = threading.Event()
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("images", total=total)

        def poll() -> None:
            while not stop.wait(0.2):
                progress.update(task, completed=read())

        thread = threading.Thread(target=poll, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            progress.update(task, completed=read())


@contextmanager
def byte_progress(total: int) -> Iterator[Callable[[int], None]]:
    """A bar over the bytes of the annotation file; hidden for small ones."""
    columns = (TextColumn("[bold]index"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=total < 20_000_000) as progress:
        task = progress.add_task("index", total=total)
        yield lambda count: progress.advance(task, count)


def show_plan(shards: int, reasons: dict[str, int], notes: Iterable[str] = ()) -> None:
    """Say what will be done and why, and how the input was read."""
    for note in notes:
        console.print(note, soft_wrap=True)
    todo = sum(reasons.values())
    why = ", ".join(f"{count} {reason}" for reason, count in reasons.items())
    console.print(f"{todo} of {shards} shards to do" + (f" ({why})" if why else ""))


def show_summary(summary: dict[str, Any], out: Any, seconds: float | None, done: int) -> None:
    """The summary as tables, then the paths that were written. Goes to standard output."""
    screen = Console(highlight=False)
    counts = summary["counts"]
    table = Table(title=f"{summary['dataset']} {summary['split']} ({summary['format']})", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, count in counts.items():
        table.add_row(name.replace("_", " "), f"{count:,}")
    screen.print(table)
    _counter(screen, "accessories fused", summary["accessories_by_category"])
    _counter(screen, "rejected because", summary["rejects_by_reason"])
    if truth := summary.get("truth"):
        _truth(screen, truth)
    if described := summary.get("refmatte"):
        _described(screen, described)
    if seconds is not None and done:
        screen.print(f"{done:,} instances labelled in {seconds:.1f} s: {done / seconds:.1f} per second")
    newest, now = summary["version"], current(out) or summary["version"]
    said = f"version {now}" if now == newest else f"version {now} is current, the newest is version {newest}"
    for name in KINDS:
        folder = folder_of(out, now) / name
        where = out / name if is_local(out) and same_file(out / name, folder) else folder
        screen.print(f"{name:18} {where} ({said})", soft_wrap=True)
    composed = ("composed",) if described else ()
    for name in (*composed, "alphas", "trimaps", "summary.json", "report/index.html"):
        screen.print(f"{name:18} {out / name}", soft_wrap=True)


def _counter(screen: Console, title: str, counts: dict[str, int]) -> None:
    if counts:
        screen.print(f"{title}: " + ", ".join(f"{count:,} {name}" for name, count in counts.items()))


def _truth(screen: Console, truth: dict[str, Any]) -> None:
    table = Table(title=f"against the true alpha, mean of {truth['instances']} instances ({truth['region']})")
    for column in ("", "mask", "matte", "matte / mask"):
        table.add_column(column, justify="right")
    for name in ("sad", "mse"):
        mask, matte = truth["mask"][name], truth["matte"][name]
        ratio = f"{matte / mask:.2f}" if mask else "-"
        table.add_row(name.upper(), f"{mask:.5f}", f"{matte:.5f}", ratio)
    screen.print(table)
    screen.print(f"the matte is closer than the mask for {truth['matte_better']} of {truth['instances']}")


def _described(screen: Console, told: dict[str, dict[str, Any]]) -> None:
    """Numbers of each split beside the paper's."""
    paper = told["paper"]
    splits = {split: numbers for split, numbers in told.items() if split in paper}
    table = Table(title="in words, beside the published RefMatte")
    table.add_column()
    for name in splits:
        table.add_column(name, justify="right")
        table.add_column("paper", justify="right")
    for name in paper["train"]:
        sides = [side[name] for split, numbers in splits.items() for side in (numbers, paper[split])]
        table.add_row(name.replace("_", " "), *(f"{value:,}" for value in sides))
    screen.print(table)
    for split, numbers in splits.items():
        for name in ("mattes_by_group", "expressions_by_kind", "expressions_by_relation", "images_by_mattes"):
            _counter(screen, f"{split}: {name.replace('_', ' ')}", numbers[name])


def fail(message: str) -> int:
    """One sentence on standard error; returns the exit status for a user's mistake."""
    print(f"error: {message}", file=sys.stderr)
    return 2
