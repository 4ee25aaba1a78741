"""One module a format; the registry finds a reader by name or by content."""
