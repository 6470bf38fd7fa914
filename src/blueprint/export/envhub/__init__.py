"""LeRobot EnvHub packages: a scene as an environment that anyone's policy can be tried in."""
