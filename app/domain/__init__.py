"""The words of the work (see docs/glossary.md): frozen dataclasses and pure rules."""
