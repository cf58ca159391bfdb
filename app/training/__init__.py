"""Drills 演练: simulated calls in the real desk, scored field by field against the truth."""
