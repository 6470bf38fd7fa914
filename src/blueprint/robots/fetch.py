"""Fetching what a robot's model needs before it is needed by many processes at once."""

from blueprint.robots.archive import model_file
from blueprint.robots.embodiment import load_embodiment
from blueprint.robots.meshes import meshed_file
from blueprint.robots.model_source import ComposedModel, MeshedModel, Model, WheelModel

__all__ = ["fetch_model"]


def fetch_model(model: Model) -> None:
    """Have the files of a model on this machine; a bundled one has them already.

    Raises MissingDependencyError where they cannot be had.
    """
    match model:
        case WheelModel():
            model_file(model)
        case MeshedModel():
            meshed_file(model)
        case ComposedModel():
            for mounted in model.arms:
                fetch_model(load_embodiment(mounted.like).model)
