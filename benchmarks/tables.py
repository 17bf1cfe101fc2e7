"""Tables of the results, for the terminal and for the page of the book. Nothing is measured here."""

from dataclasses import dataclass

Quartiles = list[float]  # lower quartile, median, upper quartile


@dataclass(frozen=True)
class Table:
    """A header, and rows of as many cells. The first `n_words` columns hold words, the others numbers."""

    header: list[str]
    rows: list[list[str]]
    n_words: int = 1

    def text(self) -> str:
        """Lay it out in columns, words to the left and numbers to the right."""
        lines = [self.header, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(self._lay_out(line, widths) for line in lines)

    def _lay_out(self, line: list[str], widths: list[int]) -> str:
        words = map(str.ljust, line[: self.n_words], widths)
        numbers = map(str.rjust, line[self.n_words :], widths[self.n_words :])
        return "  ".join([*words, *numbers])

    def markdown(self) -> str:
        """Write it for a page."""
        alignment = ["---" if i < self.n_words else "---:" for i in range(len(self.header))]
        return "\n".join(f"| {' | '.join(line)} |" for line in [self.header, alignment, *self.rows])


# --- One table a benchmark. ---


def heads(result: dict) -> Table:
    """Show what a page of 72 heads costs, by the length of its text and its viewer."""
    gave_up = f"> {result['limit']:g}"
    rows = [
        [n_tokens, name, _short(cost["bytes"] / 1e6), *_waited(cost, gave_up)]
        for n_tokens, costs in result["lengths"].items()
        for name, cost in costs.items()
    ]
    return _grouped(["tokens", "shown by", "MB", "s until seen", "elements", "MB held", "ms to the next"], rows)


def _waited(cost: dict, gave_up: str) -> list[str]:
    if cost["seconds"] is None:
        return [gave_up, "", "", ""]
    return [_short(cost["seconds"]), f"{cost['elements']:,.0f}", _short(cost["megabytes"]), _plain(cost["move"])]


def _short(number: float) -> str:
    """Few letters: seven columns have room on a phone."""
    return f"{number:.2f}" if number < 10 else f"{number:,.0f}"


def viewers(result: dict) -> Table:
    """Show whom the viewers of heads reach."""
    rows = [
        [
            name,
            *(f"{result['bytes_a_weight'][name][kind]:.2f}" for kind in ("causal", "dense")),
            str(reach["stops"]),
            f"{reach['contrast']:.1f}",
            "yes" if reach["offline"] else "no",
            *(f"{reach[how]} of {reach['kinds']}" for how in ("as_loaded", "eager")),
        ]
        for name, reach in result["reach"].items()
    ]
    bytes_of = ["bytes a weight, causal", "dense"]
    return Table(["viewer", *bytes_of, "Tab stops", "least contrast", "offline", "kinds, as loaded", "eager"], rows)


def training(result: dict) -> Table:
    """Show tokens a second of every step, and how many times those of each peer they are."""
    peers = list(dict.fromkeys(peer for shape in result["shapes"].values() for peer in shape["factors"]))
    rows = [
        [size, name, _plain(rate[1]), *(_factor(shape["factors"][peer][name]) for peer in peers)]
        for size, shape in result["shapes"].items()
        for name, rate in shape["tokens_a_second"].items()
    ]
    return _grouped(["parameters", "a step of", "tokens a second", *(f"× {peer}" for peer in peers)], rows)


def beside_peers(result: dict, ours: str = "lmkit, learned positions") -> str:
    """Say how many times as fast as a step of each peer a step of ours was: "1.15 to 1.17 times as fast as ..."."""
    factors = {}
    for shape in result["shapes"].values():
        for peer, all_factors in shape["factors"].items():
            factors.setdefault(peer, []).append(all_factors[ours][1])
    told = [f"{min(found):.2f} to {max(found):.2f} times as fast as one of {peer}" for peer, found in factors.items()]
    return ", and ".join(told)


def tracing(result: dict) -> Table:
    """Show milliseconds of a forward with maps, and what they cost over one without."""
    rows = [
        [size, name, f"{milliseconds[1]:.1f}", _factor(measured["cost"][name])]
        for size, measured in result.items()
        for name, milliseconds in measured["milliseconds"].items()
    ]
    return _grouped(["texts × tokens", "forward", "ms", "× its plain forward"], rows)


def surveying(result: dict) -> Table:
    """Show milliseconds a story with a survey of all heads, and what it costs over the plain forward."""
    rows = [
        [name, f"{milliseconds[1]:.1f}", _factor(result["cost"][name])]
        for name, milliseconds in result["milliseconds"].items()
    ]
    return Table(["read by", "ms a story", "× the plain forward"], rows)


def generation(result: dict) -> Table:
    """Show tokens a second of writing on."""
    rows = [
        [f"{length} tokens", name, _plain(rate[1]), _factor(measured["factors"][name])]
        for length, measured in result.items()
        for name, rate in measured["tokens_a_second"].items()
    ]
    return _grouped(["text", "written by", "tokens a second", "× Hugging Face"], rows)


def tokenizing(result: dict) -> Table:
    """Show seconds of training a tokenizer, and in how many merges it agrees with lmkit's."""
    rows = []
    for name, seconds in result["seconds"].items():
        n_merges, agreeing = result["merges"][name], result["agreeing"].get(name)
        equal = "" if agreeing is None else f"{agreeing} of {n_merges}"
        rows.append([name, f"{seconds[1]:.2f}", str(n_merges), f"{seconds[1] / n_merges:.4f}", equal])
    return Table(["trained by", "seconds", "merges", "seconds a merge", "same as lmkit's"], rows)


def engine(result: dict) -> Table:
    """Show milliseconds in the page and elsewhere, and how many times as quick the page is."""
    what = {"forward": f"read {result['forward']['tokens']} tokens", "write": "write one token"}
    rows = [
        [told, name, f"{milliseconds[1]:.2f}", _factor(result[kind]["factors"][name])]
        for kind, told in what.items()
        for name, milliseconds in result[kind]["milliseconds"].items()
    ]
    return _grouped(["the model `book`", "computed by", "ms", "the page is × as quick"], rows)


def pages(result: dict) -> Table:
    """Show what opening each page costs, and beside it the same page of an older build where one was measured."""
    what = {
        "kB": "kB gzipped",
        "elements": "elements",
        "shift": "layout shift",
        "blocked": "ms blocked",
        "figure": "s to a figure",
    }
    rows = [[name, *(_then_and_now(both, key) for key in what)] for name, both in result["pages"].items()]
    return Table(["page", *what.values()], rows)


def classroom(result: dict) -> Table:
    """Show how long a class takes, and how long nbgrader takes for a few of it, where it was there."""
    rows = [["lmkit.classroom grade", *_pace(result["students"], result["seconds"])]]
    if peer := result["nbgrader"]:
        rows.append([f"nbgrader {peer['version']} autograde", *_pace(peer["students"], peer["seconds"])])
        times = result["students"] / result["seconds"] * peer["seconds"] / peer["students"]
        rows.append(["times as many", "", "", _three_digits(times)])
    return Table(["chapter 02, nine exercises", "students", "seconds", "students a minute"], rows)


def _pace(students: int, seconds: float) -> list[str]:
    return [str(students), _plain(seconds), _three_digits(60 * students / seconds)]


def _then_and_now(both: dict, key: str) -> str:
    told = [
        _three_digits(both[when][key]) for when in ("then", "now") if both.get(when) and both[when][key] is not None
    ]
    return " → ".join(told) or "none"


def _grouped(header: list[str], rows: list[list[str]]) -> Table:
    """Put rows with the same first cell together, and write it once. The second column holds words too."""
    above = [None, *(row[0] for row in rows[:-1])]
    rows = [["" if row[0] == last else row[0], *row[1:]] for last, row in zip(above, rows, strict=True)]
    return Table(header, rows, n_words=2)


def _plain(number: float) -> str:
    return f"{float(f'{number:.3g}'):,.0f}"


def _three_digits(number: float) -> str:
    return _plain(number) if number >= 100 else f"{number:.3g}"


def _factor(quartiles: Quartiles) -> str:
    low, median, high = quartiles
    return f"{median:.2f} ({low:.2f} to {high:.2f})"


TABLES = {
    "heads": heads,
    "training": training,
    "tracing": tracing,
    "surveying": surveying,
    "generation": generation,
    "tokenizing": tokenizing,
    "engine": engine,
    "pages": pages,
    "classroom": classroom,
}
