"""The first day at a desk: the assistant that sets a seat up, and the tour of the sample call."""
