"""zxing-cpp: reads barcodes and matrix codes; what it cannot read is looked for by its shape.

May import ``daemon.engines.base``, ``daemon.imaging`` and below; never another engine.
"""
