"""Reviews in the window: the queue, the player with its waveforms, the talk and the rubric sheet."""
