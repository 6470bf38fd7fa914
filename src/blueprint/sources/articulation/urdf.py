"""URDF that somebody else wrote → yourdfpy's model of it: parsed without entities, network or files."""

import io

import yourdfpy
from lxml import etree

from blueprint.contracts.errors import InputError

__all__ = ["parse_urdf"]

MAX_URDF_BYTES = 4 << 20
_MAX_ELEMENTS = 20_000
# What yourdfpy raises where an element or attribute is missing or no number; none of these is a bug of ours.
_GARBAGE = (AttributeError, ValueError, TypeError, LookupError, ArithmeticError)


def parse_urdf(data: bytes, where: str) -> yourdfpy.Robot:
    """Return the robot of a URDF; raises InputError for what is no URDF, is too large or declares a document type.

    A document type is where entities are declared, which expand to anything: no URDF needs one.
    """
    if len(data) > MAX_URDF_BYTES:
        raise InputError(f"{where}: the URDF is larger than {MAX_URDF_BYTES} bytes.", remedy="ask for fewer parts.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _no_urdf(where, error) from error
    document = root.getroottree().docinfo
    if document.doctype or document.internalDTD is not None or document.externalDTD is not None:
        raise InputError(f"{where}: the URDF declares a document type.", remedy="remove it, with its entities.")
    if sum(1 for _ in root.iter()) > _MAX_ELEMENTS:
        raise InputError(f"{where}: the URDF has over {_MAX_ELEMENTS} elements.", remedy="ask for fewer parts.")
    if root.tag != "robot":
        raise _no_urdf(where, ValueError("no <robot>"))
    try:
        loaded = yourdfpy.URDF.load(
            io.BytesIO(etree.tostring(root)),
            build_scene_graph=False,
            load_meshes=False,
            filename_handler=yourdfpy.filename_handler_null,
        )
    except _GARBAGE as error:
        raise _no_urdf(where, error) from error
    return loaded.robot


def _no_urdf(where: str, error: BaseException) -> InputError:
    detail = ascii(str(error))[1:-1][:200]
    return InputError(f"{where} is no URDF: {type(error).__name__}: {detail}.", remedy="look into the service's log.")
