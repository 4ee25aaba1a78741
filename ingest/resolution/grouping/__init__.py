"""From scores to who is one: clusters, works with versions, rows that hold several people."""
