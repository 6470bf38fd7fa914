"""A photo → a reconstruction, by a command or a service that the user configures."""
