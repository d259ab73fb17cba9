"""Reads of the clinic that cross tables."""
