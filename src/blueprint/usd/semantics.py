"""What a prim is: semantic labels, and the metadata that SimReady asks of an asset."""

from typing import Any

from pxr import Gf, Usd, UsdSemantics, Vt

from blueprint.contracts.asset import AssetModel

__all__ = ["label", "simready_metadata", "wikidata_qcode"]

_DATE = "1970-01-01"  # fixed: the same asset gives the same bytes on any day
_PHYSICAL_OBJECT = "Q223557"
_QCODES = {
    "apple": "Q89",
    "banana": "Q503",
    "book": "Q571",
    "bottle": "Q80228",
    "bowl": "Q153988",
    "chair": "Q15026",
    "cup": "Q81727",
    "desk": "Q1064858",
    "fork": "Q81881",
    "fridge": "Q37828",
    "hammer": "Q25294",
    "knife": "Q32489",
    "microwave": "Q127956",
    "orange": "Q13191",
    "plate": "Q57216",
    "refrigerator": "Q37828",
    "spoon": "Q81895",
    "table": "Q14748",
}


def label(prim: Usd.Prim, taxonomy: str, *values: str) -> None:
    """Apply UsdSemantics labels of a taxonomy."""
    UsdSemantics.LabelsAPI.Apply(prim, taxonomy).CreateLabelsAttr(Vt.TokenArray(list(values)))


def wikidata_qcode(category: str) -> str:
    """Return the Wikidata item of a category; `physical object` (Q223557) where we know no narrower one."""
    return _QCODES.get(category, _PHYSICAL_OBJECT)


def simready_metadata(model: AssetModel, bodies: int, mass_kg: float) -> dict[str, Any]:
    """Return the layer's customLayerData (SimReady foundation tier, profile Robotics-Prop 4.0.0)."""
    source_file = "metadata.json"
    shared = {
        "asset_name": model.asset_id,
        "asset_type": "prop",
        "source_file": source_file,
        "usd_date_generated": _DATE,
    }
    return {
        **shared,
        "SimReady_Metadata": {
            **shared,
            "author": model.generator,
            "asset_license": model.license.spdx,
            "license_source": model.license.source,
            "category": model.category,
            "qcode": wikidata_qcode(model.category),
            "rigid_body_count": bodies,
            "asset_extents": Gf.Vec3f(*model.size_m),
            "mass": mass_kg,
        },
    }
