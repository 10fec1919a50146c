"""The revisions, named ``NNNN_what.py``; the number is the revision's id."""
