"""The commands of `quiver`, a module for each concern; thin: they parse, call, and print."""
