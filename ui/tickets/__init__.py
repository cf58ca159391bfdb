"""Tickets after the call: list, outbox, life, queues."""
