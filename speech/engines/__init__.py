"""Speech engines behind two small protocols."""
