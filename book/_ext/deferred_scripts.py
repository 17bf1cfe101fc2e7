"""No script of the theme holds up the page: all are loaded beside it, and run in their order when it is read.

Sphinx and the extensions put a dozen of them into the head, each of which the browser would wait for.
"""


def defer_scripts(app, pagename, templatename, context, doctree):
    """Defer every script that is a file."""
    scripts = context["script_files"]
    scripts[:] = [deferred(script) for script in scripts if not sets_an_option(script)]


def deferred(script):
    """The same script, deferred if it is a file and does not say itself when it runs. Pages share the first one."""
    if not script.filename or {"async", "defer"} & script.attributes.keys():
        return script
    return type(script)(script.filename, priority=script.priority, **script.attributes, defer="defer")


def sets_an_option(script) -> bool:
    """Whether a script is a line that sets an option of the theme: none is used here, and it could not be deferred."""
    return script.attributes.get("body", "").startswith("DOCUMENTATION_OPTIONS.")


def setup(app):
    """Connect to Sphinx; a page is changed after all other extensions have added their scripts to it."""
    app.connect("html-page-context", defer_scripts, priority=990)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
