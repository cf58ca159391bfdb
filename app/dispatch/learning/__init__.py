"""What a centre's own past tickets teach about where a request goes: trained here, kept here."""

MODEL_FILE = "dispatch-model.npz"
"""Where a seat's folder keeps the model; named here so that asking for it loads no library."""
CATEGORY_FILE = "category-model.npz"
"""The same for the model of the label ``category``."""
