"""The statistics as one self-contained page: inline SVG and style, no scripts, nothing fetched."""
