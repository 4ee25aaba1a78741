"""All that speaks SPARQL: the catalogue of queries, the stores, their generations and workers."""
