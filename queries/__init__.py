"""All that speaks SPARQL: the catalogue of queries, the stores, their generations and workers.

Beside the catalogue's `.rq` files stand the faces: `store` and `remote` (a triple store),
`generations` (published whole or not at all), `workers` (where every query runs and may be killed),
`catalogue`, `own` and `profiles` (queries with names), `checking` and `quality` (what must hold).
What is behind them has a folder each: `writes`, `pool`, `search`, `description`.
"""
