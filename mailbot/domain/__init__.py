"""Nouns and decisions. No I/O, no clock, no library but pydantic for the nouns that rules are written in."""
