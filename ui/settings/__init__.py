"""Settings and what this machine is like."""
