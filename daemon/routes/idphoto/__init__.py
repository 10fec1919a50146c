"""Route ``idphoto``: from any usable picture to an ID photo that was measured after writing.

Lives here: where the frame lies, what is painted, what is checked. May be imported: engines,
imaging, domain. Never: other routes, the store, the control tower.
"""
