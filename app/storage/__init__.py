"""The seat's encrypted store: the only room on the seat that knows SQLAlchemy."""
