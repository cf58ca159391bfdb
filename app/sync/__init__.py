"""One wire protocol for both ends, the outbox and the client that empties it."""
