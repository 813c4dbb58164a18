"""Settings shared by all tests."""

import os
import sys

os.environ.setdefault("MPLBACKEND", "Agg")

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("netframe", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
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
