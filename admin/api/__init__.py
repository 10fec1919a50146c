"""Answers for programs: JSON, never a page. May import ``admin.services`` and what it names."""
