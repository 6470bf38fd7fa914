"""Environments of certified scenes, policies learned from their demonstrations, and how well those do."""
