"""What importing needs and pulls in. Each case is a process of its own, with modules blocked as if not installed."""

import subprocess
import sys

import pytest

LABELLING_ONLY = ("pydantic", "pymatting", "pycocotools", "prefect", "scipy", "numba", "skimage", "ijson", "orjson")
MODELS_EXTRA = ("torch", "transformers", "safetensors")


def run_python(code: str, blocked: tuple[str, ...] = ()) -> str:
    block = f"import sys\nsys.modules.update(dict.fromkeys({blocked!r}))\n"
    done = subprocess.run([sys.executable, "-c", block + code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


MATTE_FOUR_PIXELS = """
import numpy as np
from matting_models.trimap_matting import create_backend
trimap = np.array([[0, 0, 128, 128, 128, 128, 255, 255]] * 5, np.uint8)
alpha = create_backend("closed-form")(np.zeros((5, 8, 3), np.uint8), trimap)
print(bool((np.diff(alpha[2]) >= 0).all()))
"""


def test_packages_need_no_labelling_library() -> None:
    code = """
import pkgutil, importlib, matting_models
packages = [m.name for m in pkgutil.walk_packages(matting_models.__path__, "matting_models.") if m.ispkg]
for name in packages:
    importlib.import_module(name)
print("matting_models.trimap_matting" in packages)
"""
    assert run_python(code, LABELLING_ONLY) == "True"


def test_networks_need_no_labelling_library() -> None:
    # transformers looks for optional libraries by itself, so only what it does not use is blocked.
    code = "import matting_models.agreement, matting_models.trimap_matting.vitmatte; print('imported')"
    assert run_python(code, ("pymatting", "pycocotools", "prefect", "numba", "ijson")) == "imported"


def test_packages_import_nothing_heavy() -> None:
    code = f"""
import sys
import matting_models.trimap_matting, matting_models.weights
print(sorted({{*{LABELLING_ONLY + MODELS_EXTRA!r}}} & set(sys.modules)))
"""
    assert run_python(code) == "[]"


def test_closed_form_needs_neither_the_extra_nor_pymatting() -> None:
    assert run_python(MATTE_FOUR_PIXELS, (*MODELS_EXTRA, "pymatting", "pydantic")) == "True"


def test_closed_form_imports_no_pymatting_where_it_is_installed() -> None:
    code = MATTE_FOUR_PIXELS + 'import sys\nprint(sorted({"pymatting", "torch"} & set(sys.modules)))'
    assert run_python(code).splitlines() == ["True", "[]"]


@pytest.mark.parametrize(
    ("code", "user"),
    [
        (
            "from matting_models.trimap_matting import create_backend; create_backend('vitmatte', weights='w')",
            "the vitmatte backend",
        ),
        ("import matting_models.agreement", "agreement with Segment Anything"),
    ],
)
@pytest.mark.parametrize("absent", ["torch", "transformers"])
def test_absent_extra_is_one_sentence(code: str, user: str, absent: str) -> None:
    caught = f"try:\n    {code}\nexcept ModuleNotFoundError as error:\n    print(error)"
    expected = f"{user} needs {absent}, which is not installed: pip install 'mask2matte[models]'"
    assert run_python(caught, (absent,)) == expected
