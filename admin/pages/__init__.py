"""Pages for people, a blueprint each. May import ``admin.services`` and the presenters."""
