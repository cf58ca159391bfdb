"""Sound in, out and on disk."""
