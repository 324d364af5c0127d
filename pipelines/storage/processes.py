"""Which process, on which machine: known again later, also where numbers of processes are used again."""

import os
from contextlib import suppress
from pathlib import Path


def machine() -> str:
    """What tells this start of this machine from others, containers included; empty where that cannot be told."""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    return ""


def started(process: int | str = "self") -> str:
    """When a process started, in ticks since the machine did; numbers of processes are used again, this is not.

    Empty for one that has ended, also where nobody has waited for it yet.
    """
    with suppress(OSError, IndexError):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    return ""


def myself() -> str:
    """This process, for ``has_ended``."""
    return f"{machine()} {os.getpid()} {started()}"


def has_ended(process: str | None) -> bool:
    """Whether a process that ``myself`` named was of this machine and is no more; False where that is not known."""
    words = (process or "").split()
    where, (number, began) = " ".join(words[:-2]), (words[-2:] if len(words) > 2 else ("", ""))
    return bool(where) and where == machine() and started(number) != began
