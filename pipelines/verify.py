"""Check an output folder against its manifest: counts, hashes, sizes, orphans, duplicates.

Command line: ``python -m pipelines.verify OUT [--images DIR] [--repair]``. Exit status 0: all is well, 1: something is
off, 2: it cannot be checked.
"""

import argparse
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from tqdm import tqdm

from pipelines.errors import UserError
from pipelines.storage.findings import Checked, Finding, Repaired
from pipelines.storage.lock import disk_errors, locked
from pipelines.storage.repair import repair
from pipelines.storage.stores import place_argument
from pipelines.storage.verification import numbers_of, verify


def check(out: Path, images: Path | None, *, mend: bool, show: Callable[[str], None]) -> Checked:
    """Verify an output folder, say what is off, and repair it if asked to.

    Args:
        out: output folder.
        images: folder of the photos, or None to leave them unread.
        mend: repair what is off. Waits for nobody: refused while a run works on the folder.
        show: called with a line for every finding and for what was done.

    Raises:
        UserError: nothing can be checked there, or another run is working on it and ``mend`` is set.
    """
    checked = Checked()
    with disk_errors(out):
        numbers_of(out)  # asking for what is not there makes no folder
        with locked(out) if mend else nullcontext():
            findings = _shown(out, images, checked, show, alone=mend)
            if mend and findings:
                show(_told(repair(out, findings)))
    return checked


def _shown(
    out: Path, images: Path | None, checked: Checked, show: Callable[[str], None], *, alone: bool
) -> list[Finding]:
    findings = []
    with tqdm(unit=" files", desc="verify", disable=None, leave=False) as bar:

        def tick() -> None:
            bar.update()

        for finding in verify(out, images, checked, tick, alone=alone):
            findings.append(finding)
            show(f"{finding.kind:13} {finding.path}: {finding.detail}")
    checked.findings = len(findings)
    return findings


def _told(done: Repaired) -> str:
    """What a repair did, in one line."""
    text = f"cleared {done.cleared} findings"
    text += "".join(f", left {count} alone ({reason})" for reason, count in done.left.items())
    if not done.cleared:
        return text
    again = sorted(done.again)
    shards = ", ".join(map(str, again[:20])) + (", ..." if len(again) > 20 else "")
    return f"{text}; shards to do again: {shards or 'none'}; now run the job again"


def summary_line(checked: Checked) -> str:
    """What was looked at, in one sentence."""
    text = (
        f"{checked.versions} versions, {checked.parts:,} parts, {checked.rows:,} rows, {checked.pictures:,} pictures, "
        f"{checked.photos:,} photos, {checked.bytes / 1e6:,.1f} MB: "
    )
    text += f"{checked.findings:,} findings" if checked.findings else "all is well"
    return text + ("; a run is under way or was stopped" if checked.under_way else "")


def main(arguments: list[str] | None = None) -> int:
    """Check an output folder; returns the exit status."""
    parser = argparse.ArgumentParser("python -m pipelines.verify", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument(
        "out", type=place_argument, help="output folder of a labelling, propagation or RefMatte run, or its URL"
    )
    parser.add_argument("--images", type=place_argument, help="folder or URL of the photos, to hash them as well")
    parser.add_argument("--repair", action="store_true", help="clear away what is off; the next run makes it again")
    given = parser.parse_args(arguments)
    try:
        checked = check(given.out, given.images, mend=given.repair, show=print)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(summary_line(checked))
    return 1 if checked.findings else 0


if __name__ == "__main__":
    sys.exit(main())
