"""Adapters that somebody altered, and whether they are all refused."""
