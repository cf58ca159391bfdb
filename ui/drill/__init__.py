"""Drills in the window: choosing a case, the trainee's bar, the trainer's window, the score."""
