"""Text repair: each step on its own, reversible; and the places a text names."""

from speech.repair.finder import PlaceFinder, find_places
from speech.repair.mentions import PlaceContext, PlaceMention
from speech.repair.repairer import CallRepair, Repaired, Repairer
from speech.repair.trail import Edit

__all__ = [
    "CallRepair",
    "Edit",
    "PlaceContext",
    "PlaceFinder",
    "PlaceMention",
    "Repaired",
    "Repairer",
    "find_places",
]
