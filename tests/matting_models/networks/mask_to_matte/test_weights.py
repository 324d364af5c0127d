from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from matting_models.networks.mask_to_matte.weights import METADATA, METHOD, read_weights, shipped_weights, write_weights


def test_the_packages_own_weights_are_read() -> None:
    tensors, revision = read_weights(None)
    assert revision.startswith("shipped@")
    assert len(revision) == len("shipped@") + 12 + len(f"-{METHOD}")
    assert {array.dtype for array in tensors.values()} == {np.dtype(np.float32)}
    assert sum(array.size for array in tensors.values()) <= 4_000_000
    assert shipped_weights().stat().st_size <= 9_000_000


def test_a_folder_and_its_file_are_the_same_weights(other_weights: Path) -> None:
    tensors, revision = read_weights(str(other_weights))
    again, same = read_weights(str(other_weights / "model.safetensors"))
    assert revision == same
    assert revision.startswith("other@")
    assert all(np.array_equal(tensors[name], again[name]) for name in tensors)
    assert tensors["head.bias"][20] == 20


def test_half_precision_comes_back_in_single(tmp_path: Path) -> None:
    tensors = read_weights(None)[0]
    write_weights(tmp_path, {name: array.astype(np.float16) for name, array in tensors.items()})
    read = read_weights(str(tmp_path))[0]
    assert read["head.weight"].dtype == np.float32
    assert np.array_equal(read["head.weight"], tensors["head.weight"].astype(np.float16))


def test_missing_weights() -> None:
    with pytest.raises(FileNotFoundError, match=r"weights nowhere do not exist; expected a folder with model.safet"):
        read_weights("nowhere")


def test_weights_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(shipped_weights().read_bytes()[:5000])
    with pytest.raises(ValueError, match=f"weights {path} are damaged or cut short: "):
        read_weights(str(path))


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ({}, "are of network '', expected 'mask-to-matte'"),
        ({"network": "semat 1"}, "are of network 'semat', expected 'mask-to-matte'"),
        ({"network": "mask-to-matte 0"}, "are of version 0 of the network, this release runs version 1"),
        (METADATA, r"do not fit the network: \d+ tensors differ; .* expected"),
    ],
)
def test_weights_of_something_else(tmp_path: Path, head: dict[str, str], message: str) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(save({"head.bias": np.zeros(3, np.float32)}, metadata=head))
    with pytest.raises(ValueError, match=message):
        read_weights(str(path))


def test_the_same_tensors_give_the_same_bytes(tmp_path: Path) -> None:
    tensors = {f"t{n}": np.full(n, n, np.float32) for n in range(1, 9)}
    contents = set()
    for turn in range(5):
        write_weights(tmp_path / str(turn), tensors)
        contents.add((tmp_path / str(turn) / "model.safetensors").read_bytes())
    assert len(contents) == 1
