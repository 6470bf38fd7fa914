"""Which prims of a scene show an asset's file as it is, so that what was found in that file holds for them too."""

from collections.abc import Collection
from pathlib import Path

from pxr import Pcp, Sdf, Usd, UsdGeom

__all__ = ["untouched_assets", "without"]


def untouched_assets(stage: Usd.Stage, files: Collection[Path]) -> list[Sdf.Path]:
    """Return the prims that refer to one of `files` (resolved) and whose shapes nothing else has a say in.

    The scene may place such a prim and override its bodies and joints; an opinion of the scene on a mesh or its
    primvars below it, a second arc or a sublayer make it another asset than the one in the file.
    """
    root = stage.GetRootLayer()
    if root.subLayerPaths or not files:
        return []
    folder = Path(root.realPath).parent
    found = []
    for prim in Usd.PrimRange(stage.GetPseudoRoot()):
        spec = root.GetPrimAtPath(prim.GetPath())
        if spec is None or not spec.hasReferences:
            continue
        references = spec.referenceList.GetAppliedItems()
        if len(references) != 1 or references[0].primPath or not references[0].layerOffset.IsIdentity():
            continue
        arcs = prim.GetPrimIndex().rootNode.children
        is_alone = len(arcs) == 1 and arcs[0].arcType == Pcp.ArcTypeReference
        if is_alone and (folder / references[0].assetPath).resolve() in files and _keeps_shapes(stage, spec):
            found.append(prim.GetPath())
    return found


def without(stage: Usd.Stage, prims: Collection[Sdf.Path]) -> Usd.Stage:
    """Return another stage of the same root layer on which `prims` are not active."""
    session = Sdf.Layer.CreateAnonymous(".usda")
    for path in prims:
        Sdf.CreatePrimInLayer(session, path).active = False
    return Usd.Stage.Open(stage.GetRootLayer(), session)


def _keeps_shapes(stage: Usd.Stage, spec: Sdf.PrimSpec) -> bool:
    """Whether the layer's own opinions on the prim and all above and below it leave every shape as it is."""
    above = spec.nameParent
    while above is not None and above.path != Sdf.Path.absoluteRootPath:
        if _has_primvars(above):
            return False
        above = above.nameParent
    queue = [spec]
    while queue:
        current = queue.pop()
        prim = stage.GetPrimAtPath(current.path)
        is_shape = prim.IsA(UsdGeom.Gprim) or prim.IsA(UsdGeom.Subset)
        if current != spec and (is_shape or current.hasReferences):
            return False
        arcs = (current.hasPayloads, current.hasInheritPaths, current.hasSpecializes, len(current.variantSets) > 0)
        if any(arcs) or _has_primvars(current):
            return False
        queue.extend(current.nameChildren)
    return True


def _has_primvars(spec: Sdf.PrimSpec) -> bool:
    return any(item.name.startswith("primvars:") for item in spec.properties)
