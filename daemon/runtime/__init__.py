"""Loops, threads, children and signals; no rules of their own."""
