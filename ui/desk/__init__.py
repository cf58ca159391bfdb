"""The seat during a call: line, transcript, ticket, units."""
