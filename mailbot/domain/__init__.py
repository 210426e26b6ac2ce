"""Nouns and decisions. No I/O, no clock, no library."""
