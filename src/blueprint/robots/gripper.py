"""Grippers with two fingers as data: what their joints do when the pads open by so many metres."""

from functools import cached_property
from itertools import pairwise
from typing import Annotated, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, model_validator

from blueprint.contracts.document import Part
from blueprint.contracts.frames import Vec3

__all__ = ["Finger", "Follower", "Gripper", "Linkage", "Pad"]

Array = NDArray[np.float64]
Positive = Annotated[float, Field(gt=0)]


class Follower(Part):
    """A joint of a finger that its driving joint moves: value = Σ polynomial[k] · driver^k (rad or m)."""

    joint: str
    polynomial: Annotated[list[float], Field(min_length=1, max_length=5)]


class Finger(Part):
    """A finger's driving joint, the body that carries its pad, and the joints of its linkage that follow."""

    joint: str
    body: str
    followers: list[Follower] = []


class Linkage(Part):
    """Where the driving joint of each finger is (rad or m) at some openings between the pads (m, ascending from 0)."""

    openings_m: Annotated[list[float], Field(min_length=2, max_length=64)]
    positions: Annotated[list[float], Field(min_length=2, max_length=64)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        steps = [b - a for a, b in pairwise(self.positions)]
        if len(self.positions) != len(self.openings_m) or self.openings_m[0] != 0.0:
            raise ValueError("a linkage has a position for every opening, from 0 on")
        if any(b <= a for a, b in pairwise(self.openings_m)) or not (min(steps) > 0 or max(steps) < 0):
            raise ValueError("openings ascend, and positions go one way")
        return self


class Pad(Part):
    """A flat box that replaces the box colliders of both fingers: pose in the finger's frame, inner face at y = 0."""

    position: Vec3
    half_extents: Vec3


class Gripper(Part):
    """Two fingers that one motor moves alike. Without `linkage` they slide: each goes half of the opening.

    `finger_force_n` is what a pad presses with at most, `finger_stiffness_n_per_m` is the finger's servo's at the pad.
    """

    fingers: Annotated[list[Finger], Field(min_length=2, max_length=2)]
    linkage: Linkage | None = None
    pad: Pad | None = None
    opening_max_m: Positive
    opening_speed_m_per_s: Positive
    finger_force_n: Positive
    finger_stiffness_n_per_m: Positive

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.linkage and self.linkage.openings_m[-1] != self.opening_max_m:
            raise ValueError("the linkage's last opening is opening_max_m")
        return self

    @cached_property
    def joints(self) -> list[str]:
        """The driving joints of both fingers, then the joints that follow them."""
        followers = [follower.joint for finger in self.fingers for follower in finger.followers]
        return [finger.joint for finger in self.fingers] + followers

    @property
    def closed(self) -> float:
        """Where the driving joints are when the pads touch, rad or m."""
        return self.linkage.positions[0] if self.linkage else 0.0

    @property
    def open(self) -> float:
        """Where the driving joints are at the widest opening, rad or m."""
        return self.linkage.positions[-1] if self.linkage else self.opening_max_m / 2

    @property
    def travel_per_position(self) -> float:
        """How far a pad moves when its driving joint moves by 1 rad or 1 m, on average; always positive."""
        return self.opening_max_m / 2 / abs(self.open - self.closed)

    def driver_at(self, opening_m: float) -> float:
        """Return the position of the driving joints at an opening, which is also the control of the gripper's motor."""
        if self.linkage is None:
            return opening_m / 2
        return float(np.interp(opening_m, self.linkage.openings_m, self.linkage.positions))

    def opening_at(self, driver: float) -> float:
        """Return the opening at a position of the driving joints, m: the inverse of `driver_at`."""
        if self.linkage is None:
            return 2 * driver
        order = slice(None) if self.open > self.closed else slice(None, None, -1)
        return float(np.interp(driver, self.linkage.positions[order], self.linkage.openings_m[order]))

    def joint_at_opening(self, opening_m: float) -> Array:
        """Return the positions (k,) of `joints` at an opening, rad or m."""
        driver = self.driver_at(opening_m)
        followers = [
            sum(factor * driver**power for power, factor in enumerate(follower.polynomial))
            for finger in self.fingers
            for follower in finger.followers
        ]
        return np.array([driver, driver, *followers])

    def opening_of(self, positions: ArrayLike) -> float:
        """Return the opening that positions (k,) of `joints` make, m: the mean of what either finger makes of it."""
        first, second = np.asarray(positions, np.float64)[:2]
        if self.linkage is None:
            return float(first + second)
        return (self.opening_at(first) + self.opening_at(second)) / 2
