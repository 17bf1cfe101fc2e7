"""The Colab button is on chapters alone. A page in Markdown runs code too, but Colab cannot open it."""


def drop_button(app, pagename, templatename, context, doctree):
    """Take the launch button off a page that is no .ipynb file."""
    if app.env.doc2path(pagename).endswith(".ipynb"):
        return
    buttons = context.get("header_buttons", [])
    buttons[:] = [button for button in buttons if button.get("label") != "launch-buttons"]


def setup(app):
    """Connect to Sphinx after the theme, which adds its buttons with priority 501."""
    app.connect("html-page-context", drop_button, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
