"""``python -m netframe``: the versions of what is here, and which extras are installed."""

from __future__ import annotations

import platform
from importlib import metadata

from netframe import __version__
from netframe.tables import text_table

NEEDED = ("numpy", "scipy", "attrs", "matplotlib")
EXTRAS = {
    "jax": "JaxIntegrator; the same right-hand side, compiled and differentiated",
    "diffrax": "methods of JaxIntegrator",
    "scikit-sundae": "SundialsIntegrator",
    "xarray": "Solution.to_xarray",
    "pandas": "Solution.to_dataframe",
    "h5netcdf": "results as NetCDF: Solution.save('run.nc')",
    "tqdm": "simulate(..., progress=True) as a bar",
    "pint": "quantities with units",
    "pytest": "tests",
    "hypothesis": "tests",
}


def installed(package: str) -> str:
    """The version of a package, or that it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def main() -> None:
    """Print the table."""
    rows = [["netframe", __version__, ""], ["Python", platform.python_version(), platform.platform()]]
    rows += [[package, installed(package), "needed"] for package in NEEDED]
    rows += [[package, installed(package), f"extra: {use}"] for package, use in EXTRAS.items()]
    print(text_table(["package", "version", ""], rows))


if __name__ == "__main__":
    main()
