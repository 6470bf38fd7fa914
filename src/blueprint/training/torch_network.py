"""The same network fitted by PyTorch: for those who have it, and a check on our own."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import MissingDependencyError
from blueprint.training.network import Array, Fit, Network, Schedule, mean_loss

__all__ = ["fit_network_torch", "require_torch"]


def fit_network_torch(
    inputs: Array,
    targets: Array,
    noise: Array,
    held_back: NDArray[np.bool_],
    schedule: Schedule,
    rng: np.random.Generator,
) -> Fit:
    """See `network.Fitter`: on the CPU, in one thread, so that the same input gives the same bytes on one machine.

    Raises MissingDependencyError without PyTorch.
    """
    torch = require_torch()
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    sizes = [inputs.shape[1], *schedule.hidden, targets.shape[1]]
    layers = []
    for index, (before, after) in enumerate(pairwise(sizes)):
        layer = torch.nn.Linear(before, after)
        spread = np.sqrt(2 / before) * (0.1 if index == len(sizes) - 2 else 1.0)
        torch.nn.init.normal_(layer.weight, std=float(spread), generator=generator)
        torch.nn.init.zeros_(layer.bias)
        layers += [layer, torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    optimiser = torch.optim.AdamW(model.parameters(), lr=schedule.rate, weight_decay=schedule.decay)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, schedule.steps)
    rows = torch.from_numpy(np.flatnonzero(~held_back))
    given, wanted, blur = (torch.from_numpy(np.ascontiguousarray(item)) for item in (inputs, targets, noise))
    for _ in range(schedule.steps):
        chosen = rows[torch.randint(len(rows), (schedule.batch,), generator=generator)]
        batch = given[chosen] + blur * torch.randn((schedule.batch, inputs.shape[1]), generator=generator)
        loss = torch.nn.functional.huber_loss(model(batch), wanted[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        falling.step()
    linear = [layer for layer in model if isinstance(layer, torch.nn.Linear)]
    network = Network(
        [layer.weight.detach().numpy().T.copy() for layer in linear],
        [layer.bias.detach().numpy().copy() for layer in linear],
    )
    losses = [mean_loss(network, inputs, targets, chosen) for chosen in (~held_back, held_back)]
    return Fit(network, *losses)


def require_torch() -> Any:
    """Return PyTorch; raises MissingDependencyError that names the extra."""
    try:
        import torch
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            "this policy is trained with PyTorch, which is not installed.",
            remedy="pip install 'blueprint-pipeline[training]', or train the policy 'state'.",
        ) from error
    return torch
