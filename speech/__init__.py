"""Hearing the call: audio in, recording, voice activity, recognition, text repair.

Stands alone: usable as a library without the rest of the product.
"""
