"""How the documentation is built: `make docs`, Markdown through MyST, no outside request."""

project = "Attestation registry"
author = "The attestation registry contributors"
project_copyright = "the attestation registry contributors, EUPL-1.2"

extensions = ["myst_parser"]
myst_heading_anchors = 3
myst_links_external_new_tab = False
exclude_patterns = ["_build"]
nitpicky = True

html_theme = "furo"
html_title = "Attestation registry"
html_copy_source = False
html_show_sourcelink = False
# Diagrams are drawn on white: a picture keeps its background in the dark theme.
html_theme_options = {"navigation_with_keys": True}
