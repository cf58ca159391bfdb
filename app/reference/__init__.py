"""Reference data of a centre: what it publishes, what a seat makes of it."""
