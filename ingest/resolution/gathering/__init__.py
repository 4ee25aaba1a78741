"""What a run reads: records, signatures and rows as evidence, and what earlier runs left."""
