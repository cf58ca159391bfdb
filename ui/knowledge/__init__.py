"""Articles: searching, reading, importing, editing, publishing."""
