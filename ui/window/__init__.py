"""What stands around the pages: lines above and below, palette, help, lock."""
