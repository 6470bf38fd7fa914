"""Load a UsdPhysics stage with Newton and write what it understood as JSON. Runs in Newton's own environment."""

import contextlib
import json
import sys

import numpy as np


def dump(path: str) -> dict:
    """Return bodies (mass, centre of mass, inertia), shapes (friction, body) and joints (type, limits) by prim path."""
    import newton
    import warp as wp

    wp.config.quiet = True
    builder = newton.ModelBuilder()
    with contextlib.redirect_stdout(sys.stderr):
        builder.add_usd(path)
    bodies = {}
    for index, label in enumerate(builder.body_label):
        x, y, z, qx, qy, qz, qw = (float(value) for value in builder.body_q[index])
        bodies[label] = {
            "mass": float(builder.body_mass[index]),
            "center": [float(value) for value in builder.body_com[index]],
            "inertia": np.array(builder.body_inertia[index], float).reshape(3, 3).tolist(),
            "position": [x, y, z],
            "quat_wxyz": [qw, qx, qy, qz],
        }
    shapes = {}
    for index, label in enumerate(builder.shape_label):
        body = int(builder.shape_body[index])
        collides = bool(int(builder.shape_flags[index]) & int(newton.ShapeFlags.COLLIDE_SHAPES))
        shapes[label] = {
            "body": builder.body_label[body] if body >= 0 else None,
            "friction": float(builder.shape_material_mu[index]),
            "collides": collides,
            "type": newton.GeoType(int(builder.shape_type[index])).name,
            "scale": [float(value) for value in builder.shape_scale[index]],
            "transform": [float(value) for value in builder.shape_transform[index]],
            "points": _points(builder.shape_source[index]),
        }
    joints = {}
    for index, label in enumerate(builder.joint_label):
        start = int(builder.joint_qd_start[index])
        kind = newton.JointType(int(builder.joint_type[index])).name
        entry = {"type": kind}
        if kind in ("REVOLUTE", "PRISMATIC"):
            entry["limits"] = [float(builder.joint_limit_lower[start]), float(builder.joint_limit_upper[start])]
            entry["axis"] = [float(value) for value in builder.joint_axis[start]]
        joints[label] = entry
    return {"version": newton.__version__, "bodies": bodies, "shapes": shapes, "joints": joints}


def _points(source: object) -> list | None:
    """Return the vertices of a mesh source."""
    vertices = getattr(source, "vertices", None)
    if vertices is None:
        return None
    return np.asarray(vertices, float).reshape(-1, 3).tolist()


if __name__ == "__main__":
    report = dump(sys.argv[1])
    with open(sys.argv[2], "w") as stream:
        json.dump(report, stream)
