"""Packages that are not installed: one wording, with the command that installs them."""

import sys

import pytest

import netframe as nf
from netframe.extras import package

NET = nf.Network("n", [nf.LeakyRate("E", size=2)])
SOL = nf.simulate(NET, 0.1, save_at=3)


@pytest.mark.parametrize(
    ("missing", "action", "told"),
    [
        ("xarray", lambda folder: SOL.to_xarray(), "Solution.to_xarray: xarray is not installed. {xarray}"),
        ("pandas", lambda folder: SOL.to_dataframe(), "Solution.to_dataframe: pandas is not installed. {xarray}"),
        (
            "h5netcdf",
            lambda folder: SOL.save(folder / "a.nc"),
            "save: h5netcdf is not installed. {xarray}, or use a file that ends in .npz",
        ),
        (
            "jax",
            lambda folder: nf.simulate(NET, 0.1, integrator=nf.JaxIntegrator()),
            "JaxIntegrator: JAX is not installed. {jax}",
        ),
        (
            "sksundae",
            lambda folder: nf.simulate(NET, 0.1, integrator=nf.SundialsIntegrator()),
            "SundialsIntegrator: scikit-sundae is not installed. {sundials}",
        ),
    ],
)
def test_each_is_told_in_the_same_words(monkeypatch, tmp_path, missing, action, told):
    monkeypatch.setitem(sys.modules, missing, None)
    commands = {extra: f"Install the extra: pip install 'netframe[{extra}]'" for extra in ("xarray", "jax", "sundials")}
    with pytest.raises(nf.MissingPackageError) as error:
        action(tmp_path)
    assert str(error.value) == told.format(**commands)


def test_one_that_is_there_but_broken_tells_why(monkeypatch, tmp_path):
    (tmp_path / "broken_extra.py").write_text("raise ImportError('libsundials.so: cannot open')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(nf.MissingPackageError) as error:
        package("broken_extra", "jax", "it")
    assert "libsundials.so" in str(error.value.__cause__)
