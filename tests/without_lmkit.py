"""Run a chapter's first cell as if lmkit were not installed."""


def run_first_cell(text: str, brings_lmkit: bool = True) -> list[str]:
    """The cell as plain Python: what it would ask of pip, line by line.

    Args:
        brings_lmkit: Whether lmkit is found once pip was asked for it.
    """
    asked: list[str] = []
    lines = [line.replace("%pip", "pip(f'''") + "''')" if "%pip" in line else line for line in text.split("\n")]
    text = "\n".join(lines).replace('find_spec("lmkit")', "found()")
    names = {"pip": asked.append, "found": lambda: (brings_lmkit and asked) or None}
    exec(compile(text, "first cell", "exec"), names)
    return [line.strip() for line in asked]
