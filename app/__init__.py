"""The core of the desk: everything that is not widgets, sound, search or the server."""
