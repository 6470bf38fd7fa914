"""Doors and drawers of a scene that somebody saw: what stands before one bounds its range, as it does in the room."""

from dataclasses import replace
from pathlib import Path

from blueprint.assets.library import load_asset, save_asset
from blueprint.certify.joint_sweep import sweep_joints
from blueprint.contracts.asset import AssetModel, Joint, Link
from blueprint.contracts.certificate import JointCertificate
from blueprint.contracts.scene import Scene, asset_dir, load_scene
from blueprint.contracts.scene_manifest import SceneObject
from blueprint.mjcf.usd_loader import load_usd
from blueprint.physics.inertia import with_inertials
from blueprint.sources.imported.scene import articulation_of, asset_reference
from blueprint.storage import layout
from blueprint.usd.asset import author_asset
from blueprint.usd.scene import author_scene

__all__ = ["shorten_blocked_joints"]

_ROUNDS = 3
_MARGIN = 0.1  # of the range that was reached
_LEAST_SHARE = 0.15  # of a joint's range, below which it is no joint any more


def shorten_blocked_joints(folder: Path) -> dict[str, str]:
    """Bound the joints of a scene folder that do not open by what they reach, and write the scene again.

    Returns `object/joint` → what was done and what stood before it. A joint that reaches less than 15 % of its range,
    or does not close, becomes rigid. An asset that others use too is copied for its object. Raises as authoring and
    loading the scene do.
    """
    done: dict[str, str] = {}
    for _ in range(_ROUNDS):
        scene = load_scene(folder)
        model = load_usd(author_scene(scene, folder), visuals=False).compile()
        blocked = [item for item in sweep_joints(model) if not item.passed]
        if not blocked:
            break
        for object_id in sorted({item.object_id for item in blocked}):
            found = {item.joint: item for item in blocked if item.object_id == object_id}
            scene = _bound(scene, folder, object_id, found)
            done |= {f"{object_id}/{name}": _words(item) for name, item in sorted(found.items())}
        scene.manifest.write(folder / layout.SCENE_MANIFEST)
    return done


def _bound(scene: Scene, folder: Path, object_id: str, found: dict[str, JointCertificate]) -> Scene:
    asset = load_asset(asset_dir(folder, scene.asset(object_id).asset_id))
    links = [_bounded(link, found) for link in asset.model.links]
    model = asset.model.model_copy(update={"links": links, "asset_id": _own_id(scene, object_id)})
    target = asset_dir(folder, model.asset_id)
    save_asset(replace(asset, model=model), target)
    author_asset(replace(asset, model=with_inertials(model)), target)
    objects = [_with_asset(item, model) if item.id == object_id else item for item in scene.objects]
    manifest = scene.manifest.model_copy(update={"objects": objects})
    return Scene(manifest, scene.assets | {model.asset_id: model})


def _bounded(link: Link, found: dict[str, JointCertificate]) -> Link:
    joint = link.joint
    if joint is None or joint.name not in found:
        return link
    return link.model_copy(update={"joint": _shorter(joint, found[joint.name])})


def _shorter(joint: Joint, reached: JointCertificate) -> Joint | None:
    span = joint.upper - joint.lower
    opens = (1 - _MARGIN) * (reached.reached_upper - joint.lower)
    if not _is_joint(reached) or opens <= 0:
        return None
    return joint.model_copy(update={"upper": round(joint.lower + min(opens, span), 6)})


def _is_joint(item: JointCertificate) -> bool:
    span = item.upper - item.lower
    closes = abs(item.reached_lower - item.lower) <= _LEAST_SHARE * span
    return closes and item.reached_upper - item.lower >= _LEAST_SHARE * span


def _words(item: JointCertificate) -> str:
    what = f"bounded at {item.reached_upper:.3f} of {item.upper:.3f}" if _is_joint(item) else "made rigid"
    return f"{what}: {item.blocking_partner or 'nothing that touches it'} stands before it"


def _own_id(scene: Scene, object_id: str) -> str:
    """The asset's id where no other object uses it, else one for this object."""
    asset_id = scene.asset(object_id).asset_id
    users = [item.id for item in scene.objects if item.asset.asset_id == asset_id]
    return asset_id if users == [object_id] else f"{asset_id}_{object_id}"[:100]


def _with_asset(item: SceneObject, model: AssetModel) -> SceneObject:
    reference = asset_reference(model, item.asset.source)
    return item.model_copy(update={"asset": reference, "articulation": articulation_of(model)})
