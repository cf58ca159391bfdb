"""The telephone at the seat 话机: what it tells, where a call stands on it, and who is calling."""
