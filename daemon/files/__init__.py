"""Shares and local disks: probing, naming, writing, moving. Bytes in, bytes out; no rows, no pictures."""
