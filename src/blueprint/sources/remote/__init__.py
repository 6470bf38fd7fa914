"""Scene generators behind HTTP: the contract of SCENESMITH_SERVER_URL and SAGE_SERVER_URL."""
