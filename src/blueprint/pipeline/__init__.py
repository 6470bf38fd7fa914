"""The stage list, and the runner that goes through it, stops anywhere and goes on."""
