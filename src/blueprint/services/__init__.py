"""Services around the pipeline: logs and secrets."""
