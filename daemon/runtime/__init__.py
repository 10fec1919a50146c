"""Loops, threads, children and signals: what makes the services go.

No business rules: a loop is a ``step`` that returns how long it may wait, and a few lines that
run it. Threads are started here and nowhere else, each with a name, each joined. May import
``daemon.bootstrap`` and below; never an array library (the worker is started by command).
"""
