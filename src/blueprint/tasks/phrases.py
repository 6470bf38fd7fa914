"""How a person would name the things of a scene."""

from blueprint.contracts.asset import Region
from blueprint.contracts.scene import Scene

__all__ = ["joint_phrase", "noun", "object_phrase", "plural", "region_phrase"]

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


def object_phrase(scene: Scene, object_id: str) -> str:
    """Return "the red mug"; where several look alike, "the left red mug" (left as seen from the front, along +Y)."""
    words = _words(scene, object_id)
    alike = [item.id for item in scene.objects if _words(scene, item.id) == words]
    if len(alike) == 1:
        return f"the {words}"
    alike.sort(key=lambda name: (scene.pose_world_object(name).position[0], name))
    place = alike.index(object_id)
    if len(alike) <= 3:
        sides = ("left", "middle", "right") if len(alike) == 3 else ("left", "right")
        return f"the {sides[place]} {words}"
    if place in (0, len(alike) - 1):
        return f"the {'leftmost' if place == 0 else 'rightmost'} {words}"
    if place >= len(_ORDINALS):
        return f"the {words} number {place + 1} from the left"
    return f"the {_ORDINALS[place]} {words} from the left"


def region_phrase(scene: Scene, owner: str, region: Region) -> str:
    """Return where something is put: "on the table", "in the bowl", "in the top drawer of the desk"."""
    name = object_phrase(scene, owner)
    if region.kind == "drawer":
        link = scene.asset(owner).link(region.link)
        return f"in {joint_phrase(scene, owner, link.joint.name) if link.joint else name}"
    if region.is_container:
        return f"in {name}"
    if region.kind == "top":
        return f"on {name}"
    boards = [item for item in scene.asset(owner).regions if item.kind == "shelf" and item.link == region.link]
    board = region.name.split("_")[0]
    if region not in boards or len(boards) > len(_ORDINALS):
        return f"on the {region.name.replace('_', ' ')} of {name}"
    if len(boards) == 1:
        return f"on the {board} of {name}"
    boards.sort(key=lambda item: (item.pose_link_region.position[2], item.name))
    between = (f"{word} lowest" for word in _ORDINALS[1 : len(boards) - 1])
    words = ("lower", "upper") if len(boards) == 2 else ("lowest", *between, "highest")
    return f"on the {words[boards.index(region)]} {board} of {name}"


def joint_phrase(scene: Scene, object_id: str, joint: str) -> str:
    """Return "the top drawer of the drawer unit", "the left door of the cabinet", "the microwave door"."""
    asset = scene.asset(object_id)
    moving = [link for link in asset.links if link.joint]
    link = next(item for item in moving if item.joint and item.joint.name == joint)
    part = _part(link.name)
    alike = [item for item in moving if _part(item.name) == part]
    owner = object_phrase(scene, object_id)
    if len(alike) == 1:
        return f"the {part} of {owner}"
    heights = {item.name: item.pose_parent_link.position[2] for item in alike}
    spread = max(heights.values()) - min(heights.values())
    if spread > 0.02:
        alike.sort(key=lambda item: (-heights[item.name], item.name))
        words = ("top", "bottom") if len(alike) == 2 else ("top", *_ORDINALS[1 : len(alike) - 1], "bottom")
    else:
        alike.sort(key=lambda item: (item.pose_parent_link.position[0], item.name))
        words = ("left", "right") if len(alike) == 2 else _ORDINALS
    place = [item.name for item in alike].index(link.name)
    return f"the {words[min(place, len(words) - 1)]} {part} of {owner}"


def noun(scene: Scene, object_id: str) -> str:
    """Return what kind of thing it is, in words: "mug", "place setting"'s "fork"."""
    item = scene.object(object_id)
    kind = item.category or scene.asset(object_id).category
    collective = any(other.name == item.name and other.category != item.category for other in scene.objects)
    return (kind if collective else item.name or kind).replace("_", " ")  # a "place setting" is a fork, a knife ...


def plural(words: str) -> str:
    """Return the plural of a noun: "mugs", "glasses", "batteries", "knives"."""
    if words.endswith(("s", "x", "z", "ch", "sh")):
        return f"{words}es"
    if words.endswith("y") and words[-2:-1] not in "aeiou":
        return f"{words[:-1]}ies"
    if words.endswith(("knife", "shelf", "loaf")):
        return f"{words.removesuffix('e')[:-1]}ves"
    return f"{words}s"


def _words(scene: Scene, object_id: str) -> str:
    kind, color = noun(scene, object_id), scene.asset(object_id).params.get("color")
    return f"{color} {kind}" if isinstance(color, str) and color not in kind.split() else kind


def _part(link: str) -> str:
    for word in ("drawer", "door", "lid"):
        if word in link:
            return word
    return link.replace("_", " ")
