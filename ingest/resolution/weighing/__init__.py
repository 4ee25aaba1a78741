"""What two publications, names or author rows have in common, as terms of a score."""
