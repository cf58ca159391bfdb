"""The reference centre: API, storage, public knowledge page."""
