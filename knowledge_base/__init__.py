"""Answering on the spot: articles, import, Chinese search, suggestions from the talk.

Stands alone: usable as a library without the rest of the product.
"""
