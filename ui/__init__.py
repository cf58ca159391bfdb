"""Qt widgets, item models and the bridge to the core: the only room that knows Qt."""
