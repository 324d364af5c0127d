"""The joint network on disk: two folders, each as the network's own training writes it."""

from pathlib import Path

from matting_models.networks.joint.network import Joint
from matting_models.networks.net_m.config import NetMConfig
from matting_models.networks.net_m.network import NetM
from matting_models.networks.net_t.config import NetTConfig
from matting_models.networks.net_t.network import NetT
from matting_models.networks.saved import (
    CONFIG_FILE,
    WEIGHTS_FILE,
    load_weights,
    read_config,
    revision_of,
    save_network,
)

FOLDERS = ("net-t", "net-m")
FILES = tuple(f"{folder}/{name}" for folder in FOLDERS for name in (CONFIG_FILE, WEIGHTS_FILE))


def load_net_t(folder: Path) -> NetT:
    """A Net-T on the CPU; raises as ``saved.read_config`` and ``saved.load_weights``."""
    network = NetT(read_config(folder, NetTConfig))
    load_weights(folder, network)
    return network


def load_net_m(folder: Path) -> NetM:
    """A Net-M on the CPU; raises as ``load_net_t``."""
    network = NetM(read_config(folder, NetMConfig))
    load_weights(folder, network)
    return network


def load_joint(net_t: Path, net_m: Path) -> Joint:
    """Both networks on the CPU."""
    return Joint(load_net_t(net_t), load_net_m(net_m))


def save_joint(folder: Path, joint: Joint) -> None:
    """Write both below a folder."""
    save_network(folder / "net-t", joint.net_t.config, joint.net_t)
    save_network(folder / "net-m", joint.net_m.config, joint.net_m)


def joint_revision(folder: Path) -> str:
    """Name and digests; FileNotFoundError where a file is missing."""
    t, m = (revision_of(folder / name).split("@")[1] for name in FOLDERS)
    return f"{folder.resolve().name}@{t}+{m}"
