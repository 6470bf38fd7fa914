"""Evaluation of scenes by code alone: physics, supports, room to move, what was asked for, diversity, repeatability."""

from blueprint.quality.scene_eval.evaluate import EvalOptions, evaluate_path, evaluate_subject, find_scenes
from blueprint.quality.scene_eval.subject import Reader, Subject, read_subject

__all__ = ["EvalOptions", "Reader", "Subject", "evaluate_path", "evaluate_subject", "find_scenes", "read_subject"]
