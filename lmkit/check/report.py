"""What a student reads: what is right, what to look at, and a question that leads on."""

import re
from dataclasses import dataclass

NOT_DONE_YET = "not-done-yet"


@dataclass(frozen=True)
class Finding:
    """One thing seen in an answer.

    Args:
        code: A short name for the mistake, stable over versions; empty for what is right.
        says: What was seen, in the student's terms. Written by us, so it may hold Markdown.
        asks: A question that leads on. Written by us.
        shows: A small example, or words of the student's own program. Treated as data, never as markup.
        ok: True for what is right.
        worth: What it earns, as a share of the full points, in an answer that is not right yet.
    """

    code: str
    says: str
    asks: str = ""
    shows: str = ""
    ok: bool = False
    worth: float = 0.0


def right(says: str, worth: float = 0.0) -> Finding:
    """A finding about something that works."""
    return Finding(code="", says=says, ok=True, worth=worth)


@dataclass(frozen=True)
class Report:
    """What a check found: first what is right, then what to look at, the first thing to fix first.

    `printed` is the beginning of what the answer printed, treated as data, never as markup; `printed_on` says in which
    case, as in "with a mask". `solution` is what the book has folded away, for who has solved it.
    """

    exercise: str
    title: str
    findings: tuple[Finding, ...]
    printed: str = ""
    printed_on: str = ""
    solution: str = ""

    @property
    def ok(self) -> bool:
        """True when the exercise is done."""
        return all(finding.ok for finding in self.findings)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the mistakes found, in the order in which to fix them."""
        return tuple(finding.code for finding in self.findings if not finding.ok)

    @property
    def score(self) -> float:
        """The share of the full points, from 0 to 1.

        An answer that is done earns all of them. Any other earns at most 0.6: 0.5 times the share of the cases in which
        its values are right, and 0.1 times the share of the properties that hold. So one that runs, and is right
        nowhere, earns 0.1 at most.
        """
        return 1.0 if self.ok else sum(finding.worth for finding in self.findings)

    @property
    def state(self) -> str:
        """Done, not done yet, or not right yet."""
        if self.ok:
            return "done"
        return "not done yet" if NOT_DONE_YET in self.codes else "not right yet"

    def __str__(self) -> str:
        lines = [f"{self.title}: {self.state}", ""]
        lines += [f"✓ {finding.says}" for finding in self.findings if finding.ok]
        for finding in self.findings:
            if not finding.ok:
                lines += ["", f"✗ {finding.says}", f"  {finding.asks}"]
                lines += ["", _indented(printable(finding.shows))] if finding.shows else []
        if self.printed:
            lines += ["", self.when_it_printed, "", _indented(printable(quoted(self.printed)))]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip()

    @property
    def when_it_printed(self) -> str:
        """The sentence before what was printed."""
        when = f"Called {self.printed_on}" if self.printed_on else "While it was checked"
        return f"{when}, your function printed (the beginning):"

    def __repr__(self) -> str:
        return str(self)

    def _repr_markdown_(self) -> str:
        parts = [f"**{self.title}: {self.state}**"]
        parts.append("\n".join(f"- ✓ {finding.says}" for finding in self.findings if finding.ok))
        for finding in self.findings:
            if not finding.ok:
                parts += [f"**✗ {finding.says}**", finding.asks]
                parts.append(_block(finding.shows))
        parts += [self.when_it_printed, _block(quoted(self.printed))] if self.printed else []
        parts.append(self.solution.replace("<details>", "<details open>", 1))
        return "\n\n".join(part for part in parts if part)


def quoted(text: str, limit: int = 300) -> str:
    """Words of the student's program, cut to `limit` and without memory addresses, which change."""
    text = re.sub(r"0x[0-9a-fA-F]+", "0x…", text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def printable(text: str) -> str:
    """The text without characters that steer a terminal or turn the direction of writing."""
    return "".join(c if c.isprintable() or c == "\n" else "·" for c in text)


def page_safe(text: str) -> str:
    """The text for a block of Markdown: nothing in it can open a tag or close the block."""
    return printable(text).translate(str.maketrans("<>`", "‹›ʼ"))


def _block(text: str) -> str:
    return f"```text\n{page_safe(text)}\n```" if text else ""


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.split("\n"))
