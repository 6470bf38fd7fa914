"""Second sources of data: a demonstration carried over to another scene, and recordings of people."""
