"""Settings shared by all tests."""

import os
import sys

os.environ.setdefault("MPLBACKEND", "Agg")

import pytest
from hypothesis import HealthCheck, settings

COMMON = {"deadline": None, "print_blob": True, "suppress_health_check": [HealthCheck.too_slow]}
# The same examples every time, so that a failure is of the change and not of the day; for new ones, every now and then:
# pytest --hypothesis-profile=search
settings.register_profile("netframe", **COMMON, derandomize=True, max_examples=60)
settings.register_profile("search", **COMMON, max_examples=500)
settings.load_profile("netframe")


@pytest.fixture(autouse=True)
def no_figure_left_behind():
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture
def ax():
    from matplotlib.figure import Figure

    return Figure().subplots()
