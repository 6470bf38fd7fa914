"""A policy as a folder: `policy.json` says what it is, `weights.npz` holds its numbers; nothing in it is code."""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import ContractError, InputError
from blueprint.contracts.hashing import sha256_bytes
from blueprint.contracts.training import PolicyDescription
from blueprint.episodes.record import npz_bytes
from blueprint.robots.embodiment import load_embodiment
from blueprint.training.chunk_policy import Normalisation
from blueprint.training.evaluation import Policy
from blueprint.training.hand_space import HandSpace
from blueprint.training.network import Network
from blueprint.training.observer import POSE_NAMES
from blueprint.training.state_policy import StatePolicy

__all__ = ["DESCRIPTION", "WEIGHTS", "load_policy", "save_policy", "state_weights"]

DESCRIPTION, WEIGHTS = "policy.json", "weights.npz"
_MAX_WEIGHTS_BYTES = 1 << 30
_SCALES = ("input_mean", "input_spread", "output_mean", "output_spread")


def save_policy(folder: Path, description: PolicyDescription, weights: dict[str, NDArray]) -> PolicyDescription:
    """Write a policy and return its description with the hash of its weights, which are written first."""
    data = npz_bytes(weights)
    described = description.model_copy(update={"weights_sha256": sha256_bytes(data)})
    write_atomically(folder / WEIGHTS, data)
    described.write(folder / DESCRIPTION)
    return described


def load_policy(folder: Path, arm: str | None = None) -> tuple[Policy, PolicyDescription]:
    """Return a policy that acts, and its description; `arm` is that of its task.

    Raises InputError where there is none, ContractError where the weights are not those described.
    """
    description = PolicyDescription.read(folder / DESCRIPTION)
    weights = _read_weights(folder / WEIGHTS, description)
    embodiment = load_embodiment(description.embodiment)
    if embodiment.action_names != description.action_names:
        raise InputError(
            f"policy {folder.name} acts on {description.action_names}; robot {embodiment.name} has "
            f"{embodiment.action_names}.",
            remedy="train it again for this robot.",
        )
    hand = HandSpace(embodiment, arm)
    if description.kind == "image":
        from blueprint.training.image_policy import image_policy_of

        return image_policy_of(weights, description, hand), description
    poses = sum(name.endswith(f".{POSE_NAMES[-1]}") for name in description.environment_names)
    return StatePolicy(*_state_parts(weights, folder), hand, poses, description.horizon), description


def state_weights(policy: StatePolicy) -> dict[str, NDArray]:
    """Return the arrays of a state policy by name."""
    layers = zip(policy.network.weights, policy.network.biases, strict=True)
    arrays: dict[str, NDArray] = {name: getattr(policy.scale, name) for name in _SCALES}
    for number, (weight, bias) in enumerate(layers):
        arrays |= {f"weight_{number}": weight, f"bias_{number}": bias}
    return arrays


def _state_parts(weights: dict[str, NDArray], folder: Path) -> tuple[Network, Normalisation]:
    count = sum(name.startswith("weight_") for name in weights)
    try:
        network = Network(
            [weights[f"weight_{number}"] for number in range(count)],
            [weights[f"bias_{number}"] for number in range(count)],
        )
        return network, Normalisation(*(weights[name] for name in _SCALES))
    except KeyError as error:
        raise ContractError(f"policy {folder}: array {error} is missing.", remedy="train it again.") from error


def _read_weights(path: Path, description: PolicyDescription) -> dict[str, NDArray]:
    """Read arrays, bounded in size and never unpickled."""
    try:
        if path.stat().st_size > _MAX_WEIGHTS_BYTES:
            raise ContractError(f"{path} is larger than {_MAX_WEIGHTS_BYTES} bytes.", remedy="train it again.")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}.", remedy="name the folder of a policy.") from error
    if sha256_bytes(data) != description.weights_sha256:
        raise ContractError(f"{path} is not what policy.json describes.", remedy="train it again.")
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
