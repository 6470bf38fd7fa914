"""The report of a run: one HTML page that needs nothing else, made from whatever the scene folder holds."""

from blueprint.quality.report.page import build_report

__all__ = ["build_report"]
