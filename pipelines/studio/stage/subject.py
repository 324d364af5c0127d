"""What a kind tells about what it built."""

from dataclasses import dataclass, field
from typing import Any

from pipelines.studio.stage.vectors import Array


@dataclass(frozen=True, slots=True)
class Subject:
    """A built subject, for light, camera and passes.

    Attributes:
        made: how it was made, as JSON values for the manifest.
        frame: (N, 3) points that should be inside the picture; None for all of it.
        around: radians to either side of the front (-y) from which the camera may look.
        clear: light passes through it (glass, smoke), so that colour and coverage come from one pass.
        bounces: of light.
        may_move: motion blur is possible.
    """

    made: dict[str, Any] = field(default_factory=dict)
    frame: Array | None = None
    around: float = 3.14
    clear: bool = False
    bounces: int = 4
    may_move: bool = True
