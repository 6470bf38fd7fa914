"""Six small pictures of a mesh for a model that sees: around it, from above and from below."""

from dataclasses import dataclass

from blueprint.assets.geometry import Asset
from blueprint.assets.mesh import transformed
from blueprint.contracts.errors import InputError, MissingDependencyError
from blueprint.contracts.frames import IDENTITY, Pose, quat_wxyz_from_yaw
from blueprint.sim.thumbnails import asset_thumbnails
from blueprint.sources.imported.asset import ImportedLink, ImportedThing, imported_asset
from blueprint.sources.imported.mesh_file import MeshPart
from blueprint.sources.meshes.properties.measure import MeasuredItem, posed_parts

__all__ = ["Views", "draw_views"]

_HALF = 0.5**0.5
# The camera looks from the front right and above; the thing is turned under it. 0 to 3: around; above; below.
_TURNS = (
    *(Pose.of((0.0, 0.0, 0.0), quat_wxyz_from_yaw(k * 1.5707963267948966)) for k in range(4)),
    Pose.of((0.0, 0.0, 0.0), (_HALF, _HALF, 0.0, 0.0)),
    Pose.of((0.0, 0.0, 0.0), (_HALF, -_HALF, 0.0, 0.0)),
)


@dataclass(frozen=True)
class Views:
    """PNGs of 256 pixels a side, none where nothing could be drawn; `renderer` says with what, or why not."""

    pictures: tuple[bytes, ...]
    renderer: str


def draw_views(thing: MeasuredItem) -> Views:
    """Draw a thing from six sides; a machine without OpenGL, or a mesh that cannot be shown, gives no pictures."""
    if thing.size_m is None:
        return Views((), "none: a mesh could not be read")
    try:
        parts = [MeshPart(transformed(part.mesh, pose), part.surface) for pose, part in posed_parts(thing.item)]
        pictures = tuple(asset_thumbnails([_turned(thing, parts, turn) for turn in _TURNS]))
    except MissingDependencyError as error:
        return Views((), f"none: {str(error)[:200]}")
    except InputError as error:
        return Views((), f"none: {str(error)[:200]}")
    return Views(pictures, "mujoco")


def _turned(thing: MeasuredItem, parts: list[MeshPart], turn: Pose) -> Asset:
    turned = [MeshPart(transformed(part.mesh, turn), part.surface) for part in parts]
    item = thing.item
    made = imported_asset(
        ImportedThing(
            category="thing",
            name=item.name,
            description="",
            sim_role="static",
            source="views",
            license=item.license,
            links=[ImportedLink("body", turned, pose_parent_link=IDENTITY)],
            collides=False,
        )
    )
    return made.asset
