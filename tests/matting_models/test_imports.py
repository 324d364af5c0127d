"""What importing needs and pulls in. Each case is a process of its own, with modules blocked as if not installed."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from matting_models.networks.semat.tiny import save_tiny
from tests.conftest import Dataset, label

LABELLING_ONLY = ("pydantic", "pymatting", "pycocotools", "prefect", "scipy", "numba", "skimage", "ijson", "orjson")
MODELS_EXTRA = ("torch", "transformers", "safetensors", "peft", "accelerate")


def run_python(code: str, blocked: tuple[str, ...] = ()) -> str:
    block = f"import sys\nsys.modules.update(dict.fromkeys({blocked!r}))\n"
    done = subprocess.run([sys.executable, "-c", block + code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


MATTE_FOUR_PIXELS = """
import numpy as np
from matting_models.backends import create_backend
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
print("matting_models.backends" in packages)
"""
    assert run_python(code, LABELLING_ONLY) == "True"


def test_networks_need_no_labelling_library() -> None:
    # transformers looks for optional libraries by itself, so only what it does not use is blocked.
    code = "import matting_models.backends.agreement, matting_models.backends.vitmatte; print('imported')"
    assert run_python(code, ("pymatting", "pycocotools", "prefect", "numba", "ijson")) == "imported"


def test_packages_import_nothing_heavy() -> None:
    code = f"""
import sys
import matting_models.backends, matting_models.weights
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
            "from matting_models.backends import create_backend; create_backend('vitmatte', weights='w')",
            "the vitmatte backend",
        ),
        ("import matting_models.backends.agreement", "agreement with Segment Anything"),
        ("from matting_models.networks.diffmatte import DiffMatte", "DiffMatte"),
        ("from matting_models.networks.net_t import NetT", "Net-T"),
        ("from matting_models.networks.semat import SEMat", "SEMat"),
    ],
)
@pytest.mark.parametrize("absent", ["torch", "transformers"])
def test_absent_extra_is_one_sentence(code: str, user: str, absent: str) -> None:
    caught = f"try:\n    {code}\nexcept ModuleNotFoundError as error:\n    print(error)"
    expected = f"{user} needs {absent}, which is not installed: pip install 'mask2matte[models]'"
    assert run_python(caught, (absent,)) == expected


def test_net_m_needs_torch_and_says_so() -> None:
    code = """
from matting_models.backends import create_backend
try:
    create_backend("net-m", weights="w")
except ModuleNotFoundError as error:
    print(error)
"""
    expected = "Net-M needs torch, which is not installed: pip install 'mask2matte[models]'"
    assert run_python(code, ("torch",)) == expected


@pytest.mark.parametrize(
    ("arguments", "user", "absent"),
    [
        ("train semat", "training", "torch"),
        ("train semat", "training", "peft"),
        ("predict semat --weights w --image i --box 0 0 1 1 --out o.png", "prediction", "transformers"),
    ],
)
def test_absent_extra_is_one_sentence_of_the_command_line(arguments: str, user: str, absent: str) -> None:
    command, *words = arguments.split()
    code = f"from matting_models.{command} import main; sys.stderr = sys.stdout; print(main({words!r}))"
    expected = f"error: {user} needs {absent}, which is not installed: pip install 'mask2matte[models]'"
    assert run_python(code, (absent,)).splitlines()[-2:] == [expected, "2"]


def test_trains_and_predicts_without_the_labelling_libraries(tmp_path: Path) -> None:
    """A common GPU image has torch, transformers, peft, accelerate, pyarrow, OpenCV and NumPy alone."""
    dataset = Dataset(tmp_path / "coco")
    for ident in range(1, 5):
        dataset.person(ident)
    config = dataset.config()
    label(config)
    photo = next(dataset.images.iterdir())
    save_tiny("sam", tmp_path / "sam", 64)
    code = f"""
from matting_models.predict import main as predict
from matting_models.train import main as train
given = "--manifest {config.out}/manifest --images {dataset.images} --backbone {tmp_path}/sam --out {tmp_path}/run"
few = "--iterations 1 --workers 0 --device cpu --validation-fraction 0.3"
assert train(["semat", *given.split(), *few.split()]) == 0
given = "--weights {tmp_path}/run --image {photo} --box 0 0 20 20 --out {tmp_path}/alpha.png"
assert predict(["semat", *given.split(), "--device", "cpu"]) == 0
"""
    output = run_python(code, ("pydantic", "pymatting", "pycocotools", "prefect", "numba", "ijson", "orjson",
                               "jinja2", "skimage", "rich", "tensorboard", "PIL"))  # fmt: skip
    assert "TensorBoard is not installed: scalars go to metrics.jsonl only" in output
    assert (tmp_path / "alpha.png").stat().st_size > 0


@pytest.mark.parametrize("command", ["train", "predict"])
def test_mask_to_matte_without_numba_is_one_sentence(command: str, tmp_path: Path) -> None:
    dataset = Dataset(tmp_path / "coco")
    for ident in range(1, 5):
        dataset.person(ident)
    (tmp_path / "masks").mkdir()
    for photo in dataset.images.iterdir():
        mask = np.zeros(cv2.imread(str(photo)).shape[:2], np.uint8)
        mask[10:30, 10:30] = 255
        cv2.imwrite(str(tmp_path / "masks" / f"{photo.stem}.png"), mask)
    source = f"[[train]]\nkind = 'pairs'\nimages = '{dataset.images}'\nalphas = '{tmp_path}/masks'"
    (tmp_path / "recipe.toml").write_text(source)
    given = {
        "train": f"--data {tmp_path}/recipe.toml --out {tmp_path}/run --device cpu",
        "predict": f"--image {photo} --mask {tmp_path}/masks/{photo.stem}.png --out {tmp_path}/alpha.png",
    }[command].split()
    code = (
        f"from matting_models.{command} import main; sys.stderr = sys.stdout; print(main(['mask-to-matte', *{given}]))"
    )
    expected = "error: mask-to-matte needs numba, which is not installed: pip install numba"
    assert run_python(code, ("numba",)).splitlines()[-2:] == [expected, "2"]


@pytest.mark.parametrize(
    ("metric", "absent", "sentence"),
    [
        ("grad(a, a)", "numba", "Grad needs numba, which is not installed: pip install numba"),
        ("conn(a, a)", "numba", "Conn needs numba, which is not installed: pip install numba"),
        ("imq([a], [a])", "scipy", "IMQ needs scipy, which is not installed: pip install scipy"),
    ],
)
def test_metrics_need_only_what_they_use(metric: str, absent: str, sentence: str) -> None:
    code = f"""
import numpy as np
from matting_models.metrics import conn, grad, imq, sad
a = np.ones((2, 2))
print(sad(a, a))
try:
    {metric}
except ModuleNotFoundError as error:
    print(error)
"""
    assert run_python(code, (absent,)).splitlines() == ["0.0", sentence]


def test_evaluation_needs_no_labelling_library_and_no_torch(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
import cv2, numpy as np
from matting_models.evaluate import main
folder = Path({str(tmp_path)!r})
(folder / "gt").mkdir()
cv2.imwrite(str(folder / "gt" / "a.png"), np.eye(20, dtype=np.uint8) * 255)
print(main(["--pred", str(folder / "gt"), "--gt", str(folder / "gt"), "--out", str(folder / "out")]))
"""
    blocked = ("pydantic", "pymatting", "pycocotools", "prefect", "skimage", "ijson", "orjson", "rich", *MODELS_EXTRA)
    assert "gt, 1 matte, protocol whole-image" in run_python(code, blocked)
