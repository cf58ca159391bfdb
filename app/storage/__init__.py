"""The seat's encrypted database; the only room of the seat that knows SQL."""
