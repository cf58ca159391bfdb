"""Data that ships with the product, and the one loader that reads it."""
