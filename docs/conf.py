"""The documentation site: ``python -m sphinx -W --keep-going docs site`` writes it to ``site/``."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE / "extensions")]

import netframe  # noqa: E402

project = "netframe"
author = "the netframe authors"
copyright = author
version = release = netframe.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "api_pages", "docstrings", "mathml", "tutorial_pages"]
myst_enable_extensions = ["dollarmath", "amsmath", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["extensions", "_build"]
html_theme = "furo"
html_title = f"netframe {version}"
html_show_sourcelink = False
html_copy_source = False
html_math_renderer = "mathml"
pygments_style, pygments_dark_style = "friendly", "monokai"
highlight_language = "none"

autodoc_inherit_docstrings = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
