"""Whether results have the form of recorded ones: the same names, numbers where numbers are and text where text is."""


def misfit(found: object, recorded: object) -> str | None:
    """Say where `found` has another form than `recorded`, or None. Both are as JSON gives them.

    A list may have any length but none, and each of its elements has the form of one of the recorded list. A dictionary
    has the recorded keys; where all recorded values are of one form, as in one result for each model, some of them.
    """
    if isinstance(recorded, dict) and isinstance(found, dict):
        return _misfit_of_dictionaries(found, recorded)
    if isinstance(recorded, list) and isinstance(found, list):
        return _misfit_of_lists(found, recorded)
    if _kind(found) != _kind(recorded):
        return f": {_kind(found)} where {_kind(recorded)} is recorded"
    return None


def _misfit_of_dictionaries(found: dict, recorded: dict) -> str | None:
    first, *others = recorded.values() or [None]
    may_lack = all(misfit(other, first) is None for other in others)
    if (found.keys() - recorded.keys()) or (not may_lack and found.keys() != recorded.keys()):
        return f": has {sorted(found)} where {sorted(recorded)} are recorded"
    if recorded and not found:
        return ": is empty"
    inside = ((key, misfit(value, recorded[key])) for key, value in found.items())
    return next((f"[{key!r}]{why}" for key, why in inside if why), None)


def _misfit_of_lists(found: list, recorded: list) -> str | None:
    if recorded and not found:
        return ": is empty"
    for place, value in enumerate(found):
        reasons = [misfit(value, other) for other in recorded]
        if None not in reasons:
            return f"[{place}]{reasons[0] if reasons else ': nothing is recorded'}"
    return None


def _kind(value: object) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return "a number" if is_number else type(value).__name__
