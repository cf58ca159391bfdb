"""Tickets after dispatch: units, reviews, callbacks, deadlines, rates."""
