"""Publications as they are cited: BibTeX, RIS, CSL-JSON, and text in a style.

citations   the fields and names of a publication, read from the rows of one query
bibtex, ris, csl   one entry in each format
styles      text in a style of the Citation Style Language
writing     one publication or a list of them in any of the formats
"""
