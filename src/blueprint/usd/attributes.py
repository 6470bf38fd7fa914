"""Names that the author writes and the loader reads: prim scopes, custom attributes, light units."""

__all__ = [
    "ARCHITECTURE",
    "CAMERAS",
    "COLLIDERS",
    "GRASPS",
    "JOINTS",
    "LIGHTS",
    "LOOKS",
    "MJC_ARMATURE",
    "MJC_FRICTIONLOSS",
    "NOMINAL_DISTANT_INTENSITY",
    "NOMINAL_DOME_INTENSITY",
    "OBJECTS",
    "VISUALS",
    "WORLD",
    "WORLD_MOUNT",
]

WORLD = "World"
OBJECTS = "Objects"
ARCHITECTURE = "Architecture"
LIGHTS = "Lights"
CAMERAS = "Cameras"

LOOKS = "Looks"
VISUALS = "visuals"
COLLIDERS = "colliders"
JOINTS = "Joints"
GRASPS = "Grasps"
WORLD_MOUNT = "WorldMount"  # the joint that fixes the root of an object to the world

# MuJoCo's own names; Newton reads the same attributes.
MJC_FRICTIONLOSS = "mjc:frictionloss"
MJC_ARMATURE = "mjc:armature"

# Intensities (UsdLux, exposure 0) that light an indoor scene well; MuJoCo's unit light is relative to them.
NOMINAL_DISTANT_INTENSITY = 3000.0
NOMINAL_DOME_INTENSITY = 1000.0
