"""Who is who: pure, but for reading.py, and links.py and deciding.py, which write."""
