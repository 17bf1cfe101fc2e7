"""The libraries that pages load lie in the book itself, so that no page asks another host.

They are copied from node_modules, where `npm ci` put what package-lock.json names, and are never committed.
"""

import re
import shutil
from pathlib import Path

LIBRARIES = {
    "require.js": "requirejs/require.js",
    "d3.min.js": "d3/dist/d3.min.js",
    "jquery.min.js": "jquery/dist/jquery.min.js",
}

# What bertviz writes into its outputs. The notebook keeps it; only the page is changed.
ADDRESSES = {
    "https://cdnjs.cloudflare.com/ajax/libs/require.js/2.3.6/require.min.js": "_static/vendor/require.js",
    "https://cdnjs.cloudflare.com/ajax/libs/d3/5.7.0/d3.min": "_static/vendor/d3.min",
    "https://cdnjs.cloudflare.com/ajax/libs/jquery/2.0.0/jquery.min": "_static/vendor/jquery.min",
}


THEBE = re.compile(r'<script type="text/x-thebe-config">.*?</script>\s*<script>kernelName = .*?</script>', re.DOTALL)


def copy_libraries(app, exception):
    """Copy each library into _static/vendor of the built book.

    Raises:
        FileNotFoundError: node_modules lacks one; `make book` installs them.
    """
    if exception or app.builder.format != "html":
        return
    for name, source in LIBRARIES.items():
        origin = Path(app.srcdir, "node_modules", source)
        if not origin.exists():
            raise FileNotFoundError(f"{origin} is missing. `npm ci` brings it, and `make book` runs that.")
        target = Path(app.outdir, "_static", "vendor", name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(origin, target)


def use_local_addresses(app, pagename, templatename, context, doctree):
    """Point the body of a page at the copies, and drop the scripts that only work with another host."""
    body = context.get("body", "")
    for foreign, local in ADDRESSES.items():
        body = body.replace(foreign, context["pathto"](local, True))
    context["body"] = THEBE.sub("", body)
    context["script_files"][:] = [script for script in context["script_files"] if not from_thebe(script)]


def from_thebe(script) -> bool:
    """Whether a script belongs to sphinx-thebe, which needs a server and code from another host."""
    return "thebe" in f"{script.filename} {script.attributes.get('body', '')}".lower()


def setup(app):
    """Connect to Sphinx; a page is changed after all other extensions have added their scripts to it."""
    app.connect("build-finished", copy_libraries)
    app.connect("html-page-context", use_local_addresses, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
