"""The icons of the pages, drawn for them: the files in book/icons/, as one small style sheet.

The theme names an icon by a class of Font Awesome, such as `fa-sun`, and would load 0.8 MB to draw the dozen in use.
Here each class gets the shape of the file of its name; book.css lets the color of the words show through it.
"""

from pathlib import Path


def style(folder: Path) -> str:
    """One rule for each icon: a class, and its shape; and all shapes by name, for what carries no such class."""
    shapes = {path.stem: _address(path.read_text("utf-8")) for path in sorted(folder.glob("*.svg"))}
    named = "".join(f"  --icon-{name}: {shape};\n" for name, shape in shapes.items())
    return f":root {{\n{named}}}\n" + "".join(f".fa-{name} {{ --icon: var(--icon-{name}); }}\n" for name in shapes)


def _address(svg: str) -> str:
    """An SVG as an address that holds all of it."""
    line = " ".join(svg.split())  # a string in a style sheet has no line ends
    return 'url("data:image/svg+xml,{}")'.format(line.replace('"', "'").replace("#", "%23"))


def write_style(app, exception):
    """Write the style sheet beside those of the theme."""
    if exception is None and app.builder.format == "html":
        Path(app.outdir, "_static", "icons.css").write_text(style(Path(app.srcdir, "book", "icons")), "utf-8")


def setup(app):
    """Connect to Sphinx."""
    app.add_css_file("icons.css")
    app.connect("build-finished", write_style)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
