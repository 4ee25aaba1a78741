"""Who is who: names, blocking, scoring, clustering and decisions are pure; only links.py writes."""
