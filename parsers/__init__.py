"""Readers of file types (bytes -> Document) and of form layouts (Document -> ParsedForm)."""
