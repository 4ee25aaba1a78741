"""The outermost room: HTTP and the command line."""
