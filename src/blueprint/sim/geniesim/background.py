"""The background stage as clients address it: `/World/...`, whatever its default prim is called."""

from dataclasses import dataclass
from pathlib import Path

from pxr import Usd, UsdPhysics

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.mjcf.source import SourceStage, open_source
from blueprint.mjcf.transform import rigid_pose

__all__ = ["Background", "open_background"]

_WORLD = "/World"


@dataclass(frozen=True)
class Background:
    """Where the prims of the background stage stand in it."""

    source: SourceStage
    default: str

    def pose(self, prim_path: str) -> tuple[Pose, tuple[str, Pose] | None] | None:
        """Return a prim in the world as the stage has it; where it belongs to a rigid body, that body's name in the
        model and its authored pose too. None for a prim that there is not."""
        if not (prim_path == _WORLD or prim_path.startswith(f"{_WORLD}/")):
            return None
        prim = self.source.stage.GetPrimAtPath(self.default + prim_path[len(_WORLD) :])
        if not prim:
            return None
        pose = rigid_pose(self.source.world_matrix(prim), prim_path)
        owner = _rigid_owner(prim)
        if owner is None:
            return pose, None
        path = str(owner.GetPath())
        return pose, (path.removeprefix(f"{self.default}/"), rigid_pose(self.source.world_matrix(owner), path))


def open_background(file: Path, assets: Path) -> Background:
    """Open a background stage; raises InputError where it has no default prim to be referenced by."""
    source = open_source(file, assets)
    default = source.stage.GetDefaultPrim()
    if not default:
        raise InputError(f"background {file.name} has no default prim.", remedy="set defaultPrim, best to World.")
    return Background(source, str(default.GetPath()))


def _rigid_owner(prim: Usd.Prim) -> Usd.Prim | None:
    current = prim
    while current and not current.IsPseudoRoot():
        if current.HasAPI(UsdPhysics.RigidBodyAPI):
            return current
        current = current.GetParent()
    return None
