"""Photo reconstructions (3D-RE-GEN): read, scaled, put on their supports, and made for tests with the truth known."""
