"""Files to records, records to quads, quads to links."""
