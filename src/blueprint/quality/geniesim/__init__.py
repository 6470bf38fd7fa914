"""Raw Genie Sim episodes as hostile input: read, judged, and turned into episode records."""
