"""Judging what was made: gates, episode checks, quality certificates, the import of episodes and the HTML report."""
