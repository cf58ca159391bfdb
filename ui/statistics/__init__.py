"""What the calls tell: numbers, charts, lists, reports."""
