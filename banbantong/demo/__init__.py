"""The demonstration county: made by walking the real steps, never by inserting finished rows.

Everything is generated from the size alone, so two runs on one day give the same county. Schools,
suppliers and people are marked 示例; nobody in it is real.
"""
