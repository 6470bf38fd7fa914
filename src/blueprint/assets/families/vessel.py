"""A vessel: a turned wall around a cavity, with a floor cylinder to stand on and a ring of convex wall wedges."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from math import pi

import numpy as np

from blueprint.assets.families.prop import FINGER_BELOW_M, PAD_HALF_M, TIP_CLEARANCE_M, Prop
from blueprint.assets.mesh import lathe

__all__ = ["Profile", "Vessel", "turned_volume"]

Profile = tuple[tuple[float, float], ...]


def turned_volume(profile: Profile) -> float:
    """Return the volume (m³) under a profile of (radius, z) turned about Z: a sum of conical frusta."""
    points = np.asarray(profile)
    r0, r1, rise = points[:-1, 0], points[1:, 0], np.diff(points[:, 1])
    return float(abs(np.sum(pi / 3 * rise * (r0 * r0 + r0 * r1 + r1 * r1))))


@dataclass(frozen=True)
class Vessel:
    """Two profiles of (radius, z) in m, bottom to rim: the outer face and the cavity, both ending at the rim."""

    outer: Profile
    inner: Profile

    @property
    def height(self) -> float:
        return self.outer[-1][1]

    @property
    def floor(self) -> float:
        return self.inner[0][1]

    @property
    def outer_volume(self) -> float:
        return turned_volume(self.outer)

    @property
    def solid_fraction(self) -> float:
        """The part of the outer volume that is wall and floor."""
        return 1.0 - turned_volume(self.inner) / self.outer_volume

    def outer_radius(self, z: float) -> float:
        return float(np.interp(z, [p[1] for p in self.outer], [p[0] for p in self.outer]))

    def inner_radius(self, z: float) -> float:
        return float(np.interp(z, [p[1] for p in self.inner], [p[0] for p in self.inner]))

    def show(self, prop: Prop, outside: str, inside: str, segments: int = 32) -> None:
        """Add the two faces, joined by a rounded lip."""
        (ro, top), ri = self.outer[-1], self.inner[-1][0]
        lip = (ro - ri) / 2
        crest = [(ro - lip * (1 - np.cos(a)), top - lip + lip * np.sin(a)) for a in np.linspace(0, pi, 5)]
        outer = [(0.0, self.outer[0][1]), *self.outer[:-1], *crest[:3]]
        inner = [*crest[2:], *self.inner[-2::-1], (0.0, self.floor)]
        prop.add(lathe(outer, segments), outside)
        prop.add(lathe(inner, segments), inside)

    def collide(self, prop: Prop, sides: int, levels: Sequence[float]) -> None:
        """Add the floor cylinder and the wall wedges between `levels` (z, m)."""
        prop.cylinder((0, 0, self.floor / 2), self.outer[0][0], self.floor)
        self.walls(prop, sides, levels)

    def walls(self, prop: Prop, sides: int, levels: Sequence[float]) -> None:
        """Add one convex wedge per side and band; its flat faces cross the round wall, half the sagitta off."""
        edges = np.linspace(0, 2 * pi, sides + 1) + pi / sides
        grow = 1 / np.cos(pi / (2 * sides))
        for low, high in itertools.pairwise(levels):
            rings = [(self.inner_radius(z) * grow, self.outer_radius(z) * grow, z) for z in (low, high)]
            for a, b in itertools.pairwise(edges):
                prop.hull([(r * np.cos(t), r * np.sin(t), z) for ri, ro, z in rings for r in (ri, ro) for t in (a, b)])

    def region(self, prop: Prop, name: str = "interior") -> None:
        """Declare the cavity as a container; its disc is the flat floor."""
        radius = max(self.inner[0][0], 0.6 * self.inner_radius(0.6 * self.floor + 0.4 * self.height))
        prop.disc(name, (0, 0, self.floor), radius, self.height - self.floor, kind="interior", container=True)

    def rim_grasps(self, prop: Prop, azimuths: Sequence[float] = ()) -> None:
        """Declare grasps that straddle the wall from above, at any azimuth (or only at `azimuths`, degrees)."""
        z = max(self.height - 0.014, self.floor + TIP_CLEARANCE_M)
        low = z - FINGER_BELOW_M
        # A flat pad inside a round wall touches with its edges, and a leaning wall is as wide as the pad is tall.
        ri = (self.inner_radius(low) ** 2 - PAD_HALF_M**2) ** 0.5
        ro = self.outer_radius(self.height)
        for index, azimuth in enumerate(azimuths or (0,)):
            angle = np.radians(azimuth)
            at = ((ro + ri) / 2 * np.cos(angle), (ro + ri) / 2 * np.sin(angle), z)
            prop.top(f"rim_{index}", at, ro - ri, yaw=float(angle), kind="rim", free_spin=not azimuths)
