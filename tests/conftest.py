"""What holds for every test."""

from hypothesis import settings

# A busy machine takes its time over an example, and nothing is wrong with the example.
settings.register_profile("patient", parent=settings.default, deadline=None)
settings.load_profile("patient")
