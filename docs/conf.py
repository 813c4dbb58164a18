"""The documentation site: ``python -m sphinx -W --keep-going docs site`` writes it to ``site/``."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE / "extensions")]

# The arrays of the tutorials are small: threads cost more than they bring.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import netframe  # noqa: E402

project = "netframe"
author = "the netframe authors"
copyright = author
version = release = netframe.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_gallery.gen_gallery",
    "docstrings",
    "mathml",
]
myst_enable_extensions = ["dollarmath", "amsmath", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["extensions", "templates", "backreferences", "_build"]
templates_path = ["templates"]
html_theme = "furo"
html_title = f"netframe {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_math_renderer = "mathml"
pygments_style, pygments_dark_style = "friendly", "monokai"
highlight_language = "none"

autodoc_inherit_docstrings = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"

sphinx_gallery_conf = {
    "examples_dirs": "../tutorials",
    "gallery_dirs": "tutorials",
    "filename_pattern": r"/\d\d_",
    "ignore_pattern": r"(__init__|published)\.py$",
    "within_subsection_order": "FileNameSortKey",
    "backreferences_dir": "backreferences",
    "doc_module": ("netframe",),
    "abort_on_example_error": True,
    "capture_repr": (),
    "remove_config_comments": True,
    "image_srcset": ["2x"],
    # A page is the script, what it prints and its figures.
    "notebook_extensions": set(),
    "download_all_examples": False,
    "write_computation_times": False,
    "min_reported_time": float("inf"),
    "show_signature": False,
}
