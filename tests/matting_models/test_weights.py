import hashlib
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import transformers

from matting_models.weights import Source, digest, load_model, locate, models_extra, resolve_device, resolve_precision


def test_digest_is_of_the_contents_in_order(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"one")
    second.write_bytes(b"two")
    assert digest([first, second]) == hashlib.sha256(b"onetwo").hexdigest()[:12]
    assert digest([second, first]) != digest([first, second])


def test_device(monkeypatch: pytest.MonkeyPatch) -> None:
    for present, name in ((False, "cpu"), (True, "cuda")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda present=present: present)
        assert resolve_device("auto").type == name
        assert resolve_device("cpu").type == "cpu"
    assert resolve_device("cuda").type == "cuda"


@pytest.mark.parametrize(
    ("precision", "device", "has_bf16", "expected"),
    [
        ("auto", "cpu", True, torch.float32),
        ("auto", "cuda", True, torch.bfloat16),
        ("auto", "cuda", False, torch.float16),
        ("fp32", "cuda", True, torch.float32),
        ("bf16", "cpu", False, torch.bfloat16),
        ("fp16", "cuda", True, torch.float16),
    ],
)
def test_precision(
    monkeypatch: pytest.MonkeyPatch, precision: str, device: str, has_bf16: bool, expected: torch.dtype
) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: has_bf16 or including_emulation)
    assert resolve_precision(precision, torch.device(device)) == expected


def folder_of(tmp_path: Path, model_type: str = "vitmatte") -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "config.json").write_text(f'{{"model_type": "{model_type}"}}')
    (folder / "model-2.safetensors").write_bytes(b"two")
    (folder / "model-1.safetensors").write_bytes(b"one")
    return folder


def test_folder_is_never_looked_up_on_the_network(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    revision = "mine@" + hashlib.sha256(b"onetwo").hexdigest()[:12]
    assert locate(str(folder), "vitmatte") == Source(str(folder), True, revision, {"local_files_only": True})


def test_revision_does_not_depend_on_how_the_folder_is_spelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder_of(tmp_path))
    assert locate(".", "vitmatte").revision == locate("../mine", "vitmatte").revision


@pytest.mark.parametrize("name", ["./gone", "/gone/away", "a/b/c", "../x", "~/weights"])
def test_what_cannot_be_a_hub_name_is_a_missing_folder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as caught:
        locate(name, "vitmatte")
    assert str(caught.value) == f"weights folder {name} does not exist"


def hub(monkeypatch: pytest.MonkeyPatch, model_type: str, commit: str | None) -> None:
    """Stand in for the hub's answer about a model's configuration."""
    config = SimpleNamespace(model_type=model_type, _commit_hash=commit)
    monkeypatch.setattr(transformers.AutoConfig, "from_pretrained", lambda name, trust_remote_code: config)


def test_hub_name_is_pinned_to_its_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    hub(monkeypatch, "sam", commit)
    assert locate("some/one", "sam") == Source("some/one", False, "some/one@0123456789ab", {"revision": commit})
    hub(monkeypatch, "sam", None)
    assert locate("one", "sam") == Source("one", False, "one@unknown", {})


def test_hub_name_of_another_architecture(monkeypatch: pytest.MonkeyPatch) -> None:
    hub(monkeypatch, "bert", "0" * 40)
    with pytest.raises(ValueError) as caught:
        locate("some/one", "sam")
    assert str(caught.value) == "weights some/one are of architecture 'bert', expected 'sam'"


def stub(missing: list[str]) -> object:
    """A model class whose checkpoint lacks some tensors."""
    info = {"missing_keys": set(missing), "mismatched_keys": set()}
    return SimpleNamespace(from_pretrained=lambda location, **options: (torch.nn.Linear(1, 1).half(), info))


def test_complete_model_is_in_float32_and_evaluation_mode() -> None:
    model = load_model(stub([]), Source("here", True, "here@0", {}))
    assert model.weight.dtype == torch.float32
    assert not model.training


def test_many_missing_tensors_are_abbreviated() -> None:
    with pytest.raises(ValueError) as caught:
        load_model(stub(list("edcba")), Source("here", True, "here@0", {}))
    assert str(caught.value) == "weights here do not fit the model: 5 missing tensors (a, b, c, ...)"


def test_checkpoint_that_cannot_be_fetched() -> None:
    def fail(location: str, **options: object) -> None:
        raise OSError("gone\nand a long explanation")

    with pytest.raises(FileNotFoundError, match=r"^weights some/one could not be read: gone$"):
        load_model(SimpleNamespace(from_pretrained=fail), Source("some/one", False, "", {}))


def test_extra_that_is_not_installed() -> None:
    message = "the network needs torch, which is not installed: pip install 'mask2matte[models]'"
    with pytest.raises(ModuleNotFoundError) as caught, models_extra("the network"):
        raise ModuleNotFoundError("No module named 'torch'", name="torch")
    assert str(caught.value) == message
    assert caught.value.name == "torch"


def test_other_missing_modules_are_bugs() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'tortch'$"), models_extra("the network"):
        raise ModuleNotFoundError("No module named 'tortch'", name="tortch")
