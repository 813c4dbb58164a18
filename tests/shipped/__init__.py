"""One component of every class that netframe ships, a module for each family, for ``check_component``.

A module has ``SHIPPED``, a list of components; all of them are put together here.
"""

import importlib
import pkgutil

MODULES = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
SHIPPED = [component for module in MODULES for component in module.SHIPPED]
