"""Robots put together from arms that are robots of their own: two on a beam, one on a base that drives."""

from importlib import resources
from typing import TYPE_CHECKING, Any

from blueprint.contracts.errors import InputError
from blueprint.robots.model_source import ComposedModel, MountedArm

if TYPE_CHECKING:
    import mujoco

    from blueprint.robots.embodiment import Embodiment

__all__ = ["composed_spec", "with_mounted_arms"]


def with_mounted_arms(data: dict[str, Any]) -> dict[str, Any]:
    """Return a robot's data with the arms, hand cameras and excluded pairs of the robots that it is composed of.

    Of two arms the names of joints, bodies and hand cameras begin with the arm's name and a slash (of cameras, an
    underscore); of one they stay. Raises InputError where a part is no robot with one arm.
    """
    model = ComposedModel.model_validate(data["model"])
    cameras, excludes, arms = list(data["cameras"]), list(data["collision_excludes"]), []
    for mounted in model.arms:
        part = _part(mounted)
        prefix = _prefix(model, mounted)
        arm = part.arms[0].model_dump(mode="json")
        for joint in arm["joints"]:
            joint["name"] = prefix + joint["name"]
        for finger in arm["gripper"]["fingers"]:
            finger["joint"], finger["body"] = prefix + finger["joint"], prefix + finger["body"]
            for follower in finger["followers"]:
                follower["joint"] = prefix + follower["joint"]
        arm.update(
            name=mounted.name,
            base_body=prefix + arm["base_body"],
            hand_body=prefix + arm["hand_body"],
            home=mounted.home or arm["home"],
        )
        arms.append(arm)
        for camera in part.cameras:
            if camera.frame == "hand":
                name = camera.name if not prefix else f"{camera.name}_{mounted.name}"
                cameras.append({**camera.model_dump(mode="json"), "name": name, "arm": mounted.name})
        excludes += [(prefix + first, prefix + second) for first, second in part.collision_excludes]
    return {**data, "arms": arms, "cameras": cameras, "collision_excludes": excludes}


def composed_spec(model: ComposedModel) -> "mujoco.MjSpec":
    """Return the carrier with every arm's model on its mount, as published: nothing is tuned yet.

    Raises what loading the arms' models raises, and InputError where the carrier lacks a mount.
    """
    import mujoco

    from blueprint.robots.attach import model_spec

    text = (resources.files("blueprint.robots") / "data" / model.file).read_text()
    spec = mujoco.MjSpec.from_string(text)
    for mounted in model.arms:
        site = spec.site(mounted.mount)
        if site is None:
            there = [item.name for item in spec.sites]
            raise InputError(f"{model.file} has no site {mounted.mount!r}; there are {there}.", remedy="name one.")
        child = model_spec(_part(mounted).model)
        child.option.integrator = spec.option.integrator
        for element in [*child.lights, *child.cameras, *child.keys, *child.actuators, *child.tendons]:
            child.delete(element)
        for equality in list(child.equalities):
            child.delete(equality)
        spec.attach(child, prefix=f"{mounted.name}/", site=site)
        if not _prefix(model, mounted):
            _strip(spec, f"{mounted.name}/")
    return spec


def _prefix(model: ComposedModel, mounted: MountedArm) -> str:
    return f"{mounted.name}/" if len(model.arms) > 1 else ""


def _part(mounted: MountedArm) -> "Embodiment":
    from blueprint.robots.embodiment import load_embodiment

    part = load_embodiment(mounted.like)
    if len(part.arms) != 1 or part.base_joints:
        raise InputError(f"robot {mounted.like} is no single arm.", remedy="compose robots of single arms.")
    return part


def _strip(spec: "mujoco.MjSpec", prefix: str) -> None:
    """Rename bodies and joints: attaching without a prefix makes MuJoCo warn, and one arm needs none."""
    for element in [*spec.bodies, *spec.joints]:
        element.name = element.name.removeprefix(prefix)
    for pair in spec.excludes:
        pair.bodyname1, pair.bodyname2 = pair.bodyname1.removeprefix(prefix), pair.bodyname2.removeprefix(prefix)
