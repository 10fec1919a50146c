"""dlib: tells people apart, and gives a second opinion on where faces are.

The weights come with the package ``face_recognition_models``, of which no code runs. May
import ``daemon.engines.base``, ``daemon.imaging`` and below; never another engine.
"""
