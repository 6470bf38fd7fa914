"""Tasks: proposals from what a scene affords, and predicates that judge success from physics state."""

from blueprint.tasks.predicates import evaluate
from blueprint.tasks.propose import propose_tasks

__all__ = ["evaluate", "propose_tasks"]
