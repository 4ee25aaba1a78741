"""Who is who: from what sources say to links, each with its reason.

A run (`running`) goes through `gathering` (what is there), `weighing` (terms of a score) and
`grouping` (who is one, pure), and `links` writes what it found. `curation` has what people decide,
obeyed at once; `assessment` holds gold against the links and learns weights. What a run keeps for
the next (`recall`) and how it is told (`statements`, `explaining`, `report`) stand beside them.
"""
