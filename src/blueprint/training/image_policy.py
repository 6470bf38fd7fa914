"""Behaviour cloning from pictures: cameras and the robot's own state, nothing else. Needs PyTorch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from blueprint.contracts.errors import ContractError
from blueprint.contracts.training import PolicyDescription
from blueprint.training.chunk_policy import (
    CHUNK,
    OUTPUTS,
    PHASE_NOISE,
    ChunkPolicy,
    Normalisation,
    chunk_rows,
    held_back_rows,
    spread_of,
)
from blueprint.training.demonstrations import Demonstration
from blueprint.training.environment import EnvironmentState
from blueprint.training.features import state_features
from blueprint.training.hand_space import HandSpace, offset_of
from blueprint.training.network import Schedule
from blueprint.training.torch_network import require_torch

__all__ = ["ImagePolicy", "fit_image_policy", "image_policy_of", "image_weights", "picture_of"]

WIDTH_PX, HEIGHT_PX = 80, 60  # what the network looks at, whatever the cameras give
STRIDE = 3  # every third tick is learned from: neighbours look the same, and pictures take memory
BATCH = 32
SHIFT_PX = 3  # pictures are shifted at random by up to this: where a thing is matters, not a pixel
_SCALES = ("input_mean", "input_spread", "output_mean", "output_spread")

Array = NDArray[np.float64]
Array32 = NDArray[np.float32]
Pictures = NDArray[np.uint8]


class ImagePolicy(ChunkPolicy):
    """A convolutional network over the pictures of `cameras`, in this order, and the robot's own state."""

    def __init__(self, model: Any, scale: Normalisation, hand: HandSpace, cameras: Sequence[str]) -> None:
        super().__init__(hand)
        self.model, self.scale, self.cameras = model, scale, tuple(cameras)

    def outputs(self, seen: EnvironmentState, hand: Array, openings: Array, phase: Array) -> Array:
        """See ChunkPolicy."""
        torch = require_torch()
        own = (_own_features(hand, openings, phase) - self.scale.input_mean) / self.scale.input_spread
        pictures = np.stack([picture_of(seen.images[camera]) for camera in self.cameras])[None]
        with torch.inference_mode():
            made = self.model(torch.from_numpy(pictures), torch.from_numpy(own))[0].numpy()
        return np.asarray(made * self.scale.output_spread + self.scale.output_mean, np.float64)


def fit_image_policy(
    demonstrations: Sequence[Demonstration],
    hand: HandSpace,
    cameras: Sequence[str],
    schedule: Schedule,
    rng: np.random.Generator,
) -> tuple[ImagePolicy, tuple[float, float]]:
    """Fit a policy to the videos of demonstrations; returns it with its losses on what it learned from and on the rest.

    On the CPU and in one thread, so that the same input gives the same bytes on one machine.
    """
    torch = require_torch()
    torch.set_num_threads(1)
    torch.manual_seed(int(rng.integers(2**62)))
    rows = [_examples(item, hand, rng) for item in demonstrations]
    pictures = np.concatenate([_pictures(item, cameras) for item in demonstrations])
    own, targets = (np.concatenate([row[side] for row in rows]) for side in (0, 1))
    held_back = held_back_rows(len(rows), [len(row[0]) for row in rows])
    scale = Normalisation(*spread_of(own[~held_back]), *spread_of(targets[~held_back]))
    own, targets = (own - scale.input_mean) / scale.input_spread, (targets - scale.output_mean) / scale.output_spread
    model = _network(len(cameras), own.shape[1])
    data = [torch.from_numpy(np.ascontiguousarray(item)) for item in (pictures, own, targets)]
    _fit(model, data, torch.from_numpy(np.flatnonzero(~held_back)), schedule)
    losses = [_loss(model, data, np.flatnonzero(chosen)) for chosen in (~held_back, held_back)]
    return ImagePolicy(model.eval(), scale, hand, cameras), (losses[0], losses[1])


def image_weights(policy: ImagePolicy) -> dict[str, NDArray]:
    """Return the arrays of a policy by name."""
    arrays: dict[str, NDArray] = {name: getattr(policy.scale, name) for name in _SCALES}
    return arrays | {f"model.{name}": value.numpy() for name, value in policy.model.state_dict().items()}


def image_policy_of(weights: dict[str, NDArray], description: PolicyDescription, hand: HandSpace) -> ImagePolicy:
    """Return the policy of kept arrays; raises ContractError where they do not fit the network."""
    torch = require_torch()
    torch.set_num_threads(1)
    try:
        scale = Normalisation(*(weights[name] for name in _SCALES))
        model = _network(len(description.cameras), len(scale.input_mean))
        named = {name.removeprefix("model."): value for name, value in weights.items() if name.startswith("model.")}
        model.load_state_dict({name: torch.from_numpy(value) for name, value in named.items()})
    except (KeyError, RuntimeError) as error:
        raise ContractError(f"the weights are not of an image policy: {error}.", remedy="train it again.") from error
    return ImagePolicy(model.eval(), scale, hand, description.cameras)


def picture_of(image: Pictures) -> Pictures:
    """Return an RGB picture (h, w, 3) as the network sees it: (3, HEIGHT_PX, WIDTH_PX)."""
    small = PIL.Image.fromarray(image).resize((WIDTH_PX, HEIGHT_PX), PIL.Image.Resampling.BOX)
    return np.ascontiguousarray(np.asarray(small).transpose(2, 0, 1))


def _own_features(hands: Array, openings: Array, phase: Array) -> Array32:
    nothing = np.zeros((len(hands), 0, 4, 4)), np.zeros((len(hands), 0))
    return state_features(hands, *nothing, openings, phase)


def _examples(item: Demonstration, hand: HandSpace, rng: np.random.Generator) -> tuple[Array32, Array32]:
    """Return the robot's own features (T / STRIDE, F) and the targets (T / STRIDE, CHUNK × OUTPUTS)."""
    ticks = np.arange(0, item.ticks, STRIDE)
    hands, goals = hand.poses(item.state[ticks]), hand.poses(item.action)
    measured, told = hand.openings(item.state), hand.openings(item.action)
    openings = np.column_stack([measured, np.append(measured[:1], told[:-1])])[ticks]
    believed = ticks / item.ticks + PHASE_NOISE * rng.standard_normal(len(ticks))
    ahead = chunk_rows(item)[ticks]
    more = np.stack([told[ahead], (ahead + 1) / item.ticks - believed[:, None]], axis=-1)
    targets = np.concatenate([offset_of(np.repeat(hands[:, None], CHUNK, axis=1), goals[ahead]), more], axis=-1)
    return _own_features(hands, openings, believed), targets.reshape(len(ticks), -1).astype(np.float32)


def _pictures(item: Demonstration, cameras: Sequence[str]) -> Pictures:
    """Return every STRIDE-th picture of the cameras (T / STRIDE, cameras, 3, HEIGHT_PX, WIDTH_PX)."""
    return np.stack([_video(item.folder / f"{camera}.mp4", item.ticks) for camera in cameras], axis=1)


def _video(path: Path, ticks: int) -> Pictures:
    import av

    try:
        with av.open(str(path)) as container:
            frames = [
                picture_of(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
                for number, frame in enumerate(container.decode(video=0))
                if number % STRIDE == 0 and number < ticks
            ]
    except (av.FFmpegError, OSError) as error:
        raise ContractError(f"{path} cannot be decoded: {error}.", remedy="render the episode again.") from error
    if len(frames) != len(range(0, ticks, STRIDE)):
        raise ContractError(f"{path} has too few frames for {ticks} ticks.", remedy="render the episode again.")
    return np.stack(frames)


def _network(cameras: int, own: int) -> Any:
    """Return the model: one encoder for all cameras that tells where in the picture what is (spatial softmax, Levine
    et al., JMLR 2016), and a perceptron over what it tells and the robot's own features."""
    torch = require_torch()
    nn = torch.nn

    class Model(nn.Module):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.eyes = nn.Sequential(
                *(nn.Conv2d(3, 32, 5, stride=2), nn.ReLU(), nn.Conv2d(32, 48, 3, stride=2), nn.ReLU()),
                nn.Conv2d(48, 48, 3),
            )
            self.head = nn.Sequential(
                *(nn.Linear(cameras * 96 + own, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU()),
                nn.Linear(256, CHUNK * OUTPUTS),
            )

        def forward(self, pictures: Any, own_features: Any) -> Any:
            count = len(pictures)
            seen = self.eyes(pictures.reshape(-1, 3, HEIGHT_PX, WIDTH_PX).float() / 127.5 - 1)
            weights = torch.softmax(seen.flatten(2), dim=-1).reshape(seen.shape)
            rows, columns = (torch.linspace(-1, 1, size) for size in seen.shape[2:])
            places = [(weights.sum(3) * rows).sum(2), (weights.sum(2) * columns).sum(2)]
            return self.head(torch.cat([torch.cat(places, dim=1).reshape(count, -1), own_features], dim=1))

    return Model()


def _fit(model: Any, data: list[Any], rows: Any, schedule: Schedule) -> None:
    torch = require_torch()
    optimiser = torch.optim.AdamW(model.parameters(), lr=schedule.rate, weight_decay=schedule.decay)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, schedule.steps)
    for _ in range(schedule.steps):
        chosen = rows[torch.randint(len(rows), (BATCH,))]
        pictures, own, targets = (item[chosen] for item in data)
        pictures = _shifted(pictures, torch.randint(-SHIFT_PX, SHIFT_PX + 1, (2,)).tolist())
        loss = torch.nn.functional.huber_loss(model(pictures, own), targets)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        falling.step()


def _shifted(pictures: Any, by: list[int]) -> Any:
    """Return pictures (N, cameras, 3, h, w) shifted by rows and columns; the edge is repeated."""
    torch = require_torch()
    height, width = pictures.shape[-2:]
    rows = (torch.arange(height) + by[0]).clamp(0, height - 1)
    columns = (torch.arange(width) + by[1]).clamp(0, width - 1)
    return pictures[..., rows, :][..., columns]


def _loss(model: Any, data: list[Any], rows: NDArray[np.int64]) -> float:
    """Return the mean Huber loss over rows, 0 for none."""
    torch = require_torch()
    if not len(rows):
        return 0.0
    total = 0.0
    with torch.inference_mode():
        for start in range(0, len(rows), BATCH):
            chosen = torch.from_numpy(rows[start : start + BATCH])
            pictures, own, targets = (item[chosen] for item in data)
            loss = torch.nn.functional.huber_loss(model(pictures, own), targets, reduction="sum")
            total += float(loss) / targets.shape[1]
    return total / len(rows)
