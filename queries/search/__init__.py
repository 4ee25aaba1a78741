"""What people type: the text index of labels, the index of words, and spelling."""
