"""Before the bundle begins: stand in for PyAV.

faster-whisper imports PyAV to read sound files; the desk reads files by libsndfile and hands over
samples. PyAV's wheels hold x264 and x265 (GPL), which no Apache-licensed bundle may carry along.
"""

import sys
import types

sys.modules["av"] = types.ModuleType("av")
