"""The booth's rules, without files, rows, arrays or time of their own.

Pure and standard library only: everything here can be tested with plain values. May import
``daemon.errors``; must never open, sleep, log or ask a clock.
"""
