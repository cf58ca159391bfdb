"""What the pickers of the desk find: labels as the eye reads them, with the values behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.look.wording import category, region

if TYPE_CHECKING:
    from app.desk import Desk
    from ui.look.fields import Find


def finds(desk: Desk) -> tuple[Find, Find, Find]:
    """Places, categories and units, each for what is typed, best first."""
    return (
        lambda typed: [(region(*pair), pair) for pair in desk.find_places(typed)],
        lambda typed: [(category(item), item) for item in desk.find_categories(typed)],
        lambda typed: [(name, name) for name in desk.find_units(typed)],
    )
