"""Pages that the centre renders itself: they need no script and load nothing from elsewhere."""
