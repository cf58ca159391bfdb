"""Statistics at the centre: facts from tickets and their lives, pages, reports."""
