"""How deep objects are inside one another: the deepest contact of each."""

from dataclasses import dataclass

import mujoco

from blueprint.certify.objects import ObjectIndex

__all__ = ["Penetration", "deepest_contacts"]


@dataclass(frozen=True)
class Penetration:
    """Depth in metres (0 where nothing overlaps), and the other object's id."""

    depth_m: float
    partner: str | None


def deepest_contacts(model: mujoco.MjModel, data: mujoco.MjData) -> dict[str, Penetration]:
    """Return the deepest penetration of every object at the current positions; runs collision detection on `data`.

    Links of one object count against each other too, so a door that sticks in its own carcass is found.
    """
    mujoco.mj_fwdPosition(model, data)
    index = ObjectIndex(model)
    deepest = {object_id: Penetration(0.0, None) for object_id in index.roots}
    for contact in data.contact[: data.ncon]:
        depth = -float(contact.dist)
        if depth <= 0:
            continue
        first, second = (index.object_of_geom(int(geom)) for geom in contact.geom)
        for own, other in ((first, second), (second, first)):
            if own in deepest and depth > deepest[own].depth_m:
                deepest[own] = Penetration(depth, other)
    return deepest
