"""BlueprintPipeline: one sentence in, a certified scene, replayable demonstrations and a LeRobot dataset out."""

__version__ = "0.1.0"
