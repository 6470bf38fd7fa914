"""The aimdk protocol of Genie Sim 3: our own .proto files, wire-compatible with its 31 registered RPCs."""
