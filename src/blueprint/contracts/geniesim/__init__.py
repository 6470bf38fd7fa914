"""The files that go to and come from Genie Sim 3."""
