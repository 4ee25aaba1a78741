"""What people decide, and how it is obeyed: at once near by, or by a run."""
