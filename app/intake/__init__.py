"""Fields out of talk: every value with its proof."""
