"""Kitchen appliances with hinged doors: microwave and fridge."""

import numpy as np

from blueprint.assets import textures
from blueprint.assets.builder import AssetBuilder
from blueprint.assets.colors import COLORS
from blueprint.assets.families.fittings import facing_front
from blueprint.assets.finish import finish, size_factor
from blueprint.assets.geometry import Asset
from blueprint.assets.joinery import GAP_M, add_door
from blueprint.assets.registry import AssetRequest, generator

__all__ = ["fridge", "microwave"]

_FACE_M = 0.0005  # printed faces lie this far in front of what carries them, so that they do not flicker


@generator(
    "microwave",
    nouns=("microwave", "microwave oven"),
    footing="surface",
    sim_role="articulated_appliance",
    size_range_m=((0.35, 0.3, 0.2), (0.65, 0.55, 0.45)),
)
def microwave(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A microwave oven: a door with a dark window hinged on the left, a control panel on the right, a cavity."""
    make = AssetBuilder(request, "Microwave", "a microwave oven with a hinged door")
    factor = float(np.clip(size_factor(request.size), 0.85, 1.2))
    w, d, h, t, feet = 0.48 * factor, 0.36 * factor, 0.28 * factor, 0.016, 0.012
    color = request.color or str(rng.choice(["silver", "white", "black"]))
    shell = finish(make, "shell", rng, "plastic", color, default_material="plastic", default_color="silver")
    inside = make.material("cavity", (0.55, 0.55, 0.53), roughness=0.6)
    dark = make.material("window", (0.012, 0.012, 0.014), roughness=0.15)
    steel = finish(make, "handle", rng, "steel", None, default_material="steel", default_color="steel")
    panel_w = 0.11 * factor
    body = make.link("body", "plastic")
    low, height = feet, h - feet
    middle = low + height / 2
    cavity_w = w - t - panel_w
    body.panel((t, d, height), (-w / 2 + t / 2, 0, middle), shell)
    body.panel((panel_w, d, height), (w / 2 - panel_w / 2, 0, middle), shell)
    x = -w / 2 + t + cavity_w / 2
    body.panel((cavity_w, d, t), (x, 0, low + t / 2), shell)
    body.panel((cavity_w, d, t), (x, 0, h - t / 2), shell)
    body.panel((cavity_w, 0.03, height - 2 * t), (x, d / 2 - 0.015, middle), inside, bevel=0.0)
    for sx in (-1, 1):
        for sy in (-1, 1):
            body.panel((0.03, 0.03, feet), (sx * (w / 2 - 0.03), sy * (d / 2 - 0.03), feet / 2), dark, bevel=0.0)
    door_t = 0.028
    front = -d / 2
    face_w = panel_w - 0.003
    body.panel((face_w, GAP_M + door_t, height), (w / 2 - face_w / 2, front - (GAP_M + door_t) / 2, middle), shell)
    keys = make.material("keypad", COLORS["black"], roughness=0.3, texture=_keypad(rng), tile_m=None)
    y = front - GAP_M - door_t - _FACE_M
    body.visual(facing_front(w / 2 - face_w / 2, y, middle, face_w * 0.8, height * 0.86), keys)
    body.mass(volume_m3=w * d * height, solid_fraction=0.045, contents_kg=8.5)  # transformer and magnetron
    make.region(
        "inside",
        "interior",
        center=(x, -0.015, low + t),
        half_extents=(cavity_w / 2 - 0.012, (d - 0.03) / 2 - 0.012),
        clearance_m=height - 2 * t - 0.005,
        is_container=True,
    )
    make.region("top", "top", center=(0, 0, h), half_extents=(w / 2 - 0.02, d / 2 - 0.02), clearance_m=0.4)
    door_w = w - panel_w
    door = add_door(
        make,
        "door",
        case=body,
        hinge_at=(-w / 2, front - GAP_M, low),
        size=(door_w, door_t, height),
        side="left",
        material=shell,
        handle_material=steel,
        handle_length=0.16 * factor,
        damping=0.5,
        friction=0.15,
    )
    door.visual(
        facing_front((door_w - 0.05) / 2 - 0.002, -door_t - _FACE_M, height / 2, door_w - 0.10, height - 0.08), dark
    )
    door.mass(solid_fraction=0.9, material="plastic")
    return make.build()


@generator(
    "fridge",
    nouns=("fridge", "refrigerator", "fridge freezer"),
    footing="floor",
    sim_role="articulated_appliance",
    size_range_m=((0.4, 0.45, 0.6), (0.95, 0.95, 2.3)),
    options=("doors",),
)
def fridge(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A fridge with shelves; with two doors (the default) the lower one closes a freezer."""
    make = AssetBuilder(request, "Fridge", "a fridge with hinged doors and glass shelves")
    doors = int(np.clip(float(request.option("doors", 1 if request.size in ("tiny", "small") else 2)), 1, 2))
    factor = size_factor(request.size)
    w, d, t = 0.60 * min(factor, 1.3), 0.58 * min(factor, 1.2), 0.045
    h = (1.70 if doors == 2 else 0.98) * factor
    color = request.color or str(rng.choice(["white", "silver"]))
    metal = request.material or ("steel" if color == "silver" else "plastic")
    shell = finish(make, "shell", rng, metal, color, default_material="plastic", default_color="white")
    liner = make.material("liner", (0.82, 0.84, 0.85), roughness=0.4)
    glass = make.material("glass", (0.62, 0.78, 0.80), roughness=0.08, opacity=0.55)
    steel = finish(make, "handles", rng, "steel", None, default_material="steel", default_color="gray")
    dark = make.material("plinth", (0.04, 0.04, 0.04), roughness=0.8)
    plinth = 0.06
    body = make.link("body", "steel")
    body.panel((w - 0.02, d - 0.04, plinth), (0, 0.01, plinth / 2), dark, bevel=0.0)
    for sign in (-1, 1):
        body.panel((t, d, h - plinth), (sign * (w - t) / 2, 0, (h + plinth) / 2), shell, grain="z")
    inner_w, inner_d = w - 2 * t, d - t
    split = plinth + 0.36 * (h - plinth) if doors == 2 else plinth
    levels = [plinth + t / 2, h - t / 2] + ([split] if doors == 2 else [])
    for z in levels:
        body.panel((inner_w, d, t), (0, 0, z), shell, bevel=0.002)
    rooms = [(plinth + t, split - t / 2), (split + t / 2, h - t)] if doors == 2 else [(plinth + t, h - t)]
    for z0, z1 in rooms:
        body.panel((inner_w, t, z1 - z0), (0, d / 2 - t / 2, (z0 + z1) / 2), liner, bevel=0.0)
    half = (inner_w / 2 - 0.015, inner_d / 2 - 0.04)
    for number, (z0, z1) in enumerate(rooms):
        freezer = doors == 2 and number == 0
        count = 2 if freezer else 3
        floors = np.linspace(z0, z1, count + 1)[:-1]
        for i, z in enumerate(floors):
            top = float(floors[i + 1]) - 0.008 if i + 1 < count else z1
            if i:
                body.panel((inner_w, inner_d - 0.05, 0.008), (0, -0.005, z - 0.004), glass, bevel=0.001)
            make.region(
                f"{'freezer_shelf' if freezer else 'shelf'}_{i + 1}",
                "shelf",
                center=(0, -0.01, z),
                half_extents=half,
                clearance_m=top - float(z) - 0.01,
                is_container=True,
            )
    body.mass(volume_m3=body.panel_volume_m3, solid_fraction=0.035, contents_kg=18.0)  # sheet, foam; compressor
    make.region("top", "top", center=(0, 0, h), half_extents=(w / 2 - 0.03, d / 2 - 0.03), clearance_m=0.4)
    spans = (
        [("freezer_door", plinth, split - 0.003), ("door", split + 0.003, h)] if doors == 2 else [("door", plinth, h)]
    )
    for name, z0, z1 in spans:
        tall = z1 - z0
        door = add_door(
            make,
            name,
            case=body,
            hinge_at=(-w / 2, -d / 2 - GAP_M, z0),
            size=(w, 0.05, tall),
            side="left",
            material=shell,
            handle_material=steel,
            upper=2.0,
            handle_length=min(0.32, 0.5 * tall),
            handle_z=tall * (0.72 if name == "freezer_door" else 0.30 if doors == 2 else 0.6),
            damping=1.2,
            friction=0.3,
        )
        door.mass(solid_fraction=0.03, contents_kg=2.0)
    make.param(doors=doors)
    return make.build()


def _keypad(rng: np.random.Generator) -> textures.Image:
    """A display that shows the time above 4 × 3 keys."""
    image = textures.label(
        rng, (0.02, 0.02, 0.022), "12:00", band=(0.01, 0.05, 0.04), ink=(0.10, 0.85, 0.45), band_v=(0.76, 0.94)
    )
    image[70:] = (38, 38, 40)
    for row in range(4):
        for column in range(3):
            y, x = 82 + row * 42, 22 + column * 76
            image[y : y + 26, x : x + 58] = (112, 114, 118)
    return image
