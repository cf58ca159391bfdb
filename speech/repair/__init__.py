"""Text repair: each step on its own, reversible."""
