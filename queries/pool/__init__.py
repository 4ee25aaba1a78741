"""Inside the pool of query processes: a worker, whose turn it is, and the walls around it."""
