"""OpenUSD: authoring SimReady assets and scenes, and the validators that may refuse them."""
