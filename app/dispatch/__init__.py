"""Catalogue, units, limits and the suggestion of who handles a request."""
