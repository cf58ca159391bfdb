"""What units, reviewers and team leads are told outside the pages: reminders, escalations, new work."""
