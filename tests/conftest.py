"""Settings shared by all tests."""

import os

os.environ.setdefault("MPLBACKEND", "Agg")

from hypothesis import HealthCheck, settings

settings.register_profile("netframe", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("netframe")
