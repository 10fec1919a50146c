"""``make bench-gpu``: what the engines with weights do on this machine, against the usual loop.

Where no GPU is at hand the rows that a CPU finishes in a minute are measured, and every other row
is printed by name as skipped.
"""
