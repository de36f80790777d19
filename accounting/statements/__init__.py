"""Bank statements as data: what the cells of a bank's file mean. Pure: no ORM, no request.

``values`` reads one cell, ``layout`` finds out which column is what, ``reading`` makes entries of
rows, ``keys`` gives every entry the name under which it is known for ever.
"""
