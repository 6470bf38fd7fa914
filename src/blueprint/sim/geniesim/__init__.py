"""Genie Sim 3 over the wire: a server of the aimdk protocol on MuJoCo, its recorder, and the client."""
