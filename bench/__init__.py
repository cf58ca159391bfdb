"""Benchmarks behind `main.py bench NAME`: they print figures and never fail a test."""
