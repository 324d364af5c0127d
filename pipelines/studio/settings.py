"""What a set of foregrounds is made with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.errors import UserError
from pipelines.storage.files import write_whole
from pipelines.studio.kinds import SHARES


@dataclass(frozen=True, slots=True)
class Settings:
    """A set and who makes it.

    Attributes:
        out: folder of the set.
        python: of the studio's environment.
        count: foregrounds of the set; may grow later.
        seed: of the set.
        shares: of its kinds.
        workers: processes.
        size: of a picture's side in pixels.
        samples: rays per pixel, by the names of ``stage.passes.Samples``; what is missing has its default.
        patience: seconds of processor that one foreground may take.
    """

    out: Path
    python: Path
    count: int
    seed: int = 0
    shares: Mapping[str, float] = field(default_factory=lambda: SHARES)
    workers: int = 1
    size: int = 512
    samples: Mapping[str, int] | None = None
    patience: float = 1200.0


def keep_settings(settings: Settings) -> None:
    """Note in ``OUT/studio.json`` what the set depends on.

    Raises:
        UserError: the folder holds a set of another seed, size or other shares.
    """
    wanted = {"seed": settings.seed, "kinds": dict(settings.shares), "size": settings.size}
    path = settings.out / "studio.json"
    if not path.exists():
        write_whole(path, json.dumps(wanted, indent=1).encode() + b"\n")
        return
    try:
        found = json.loads(path.read_bytes())
    except ValueError as error:
        raise UserError(f"{path}: cannot be read as JSON ({error}); remove it or take another folder") from None
    for name, value in wanted.items():
        if not isinstance(found, dict) or found.get(name) != value:
            before = found.get(name) if isinstance(found, dict) else None
            raise UserError(f"{path}: the set there has {name} {before}, expected {value}; take another folder for it")
