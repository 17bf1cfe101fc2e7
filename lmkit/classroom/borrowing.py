"""An answer that calls the very function that the exercise asks for is told so, and earns nothing.

This reads what the program names. It is a rule that keeps honest people honest, not a proof: a name can be hidden.
"""

import ast
from collections.abc import Iterable, Iterator

from lmkit.check.report import Finding

LIBRARIES = "lmkit", "sklearn", "statsmodels", "torch", "transformers"
ASKED_FOR = {
    "attention": {"scaled_dot_product_attention", "fast_attention", "MultiHeadAttention"},
    "balanced_accuracy": {"balanced_accuracy", "balanced_accuracy_score"},
    "calibration_error": {"calibration_error", "calibration"},
    "causal_mask": {"causal_mask", "generate_square_subsequent_mask"},
    "count_pairs": {"count_pairs"},
    "count_parameters": {"parameters_by_part"},
    "encode_word": {"Tokenizer", "learn_merges"},
    "feed_forward": {"FeedForward"},
    "gelu": {"gelu", "GELU", "gelu_"},
    "adapt": {"LoRA", "add"},
    "layer_norm": {"layer_norm", "LayerNorm", "native_layer_norm"},
    "leaks": {"shared"},
    "learning_rate": {"learning_rate"},
    "masked_lm": {"hide_tokens", "Masked"},
    "mcnemar": {"mcnemar"},
    "merge_adapter": {"LoRA", "merge"},
    "merge_pair": {"merge_pair"},
    "multi_head": {"MultiHeadAttention", "MultiheadAttention", "multi_head_attention_forward"},
    "next_token_loss": {"next_token_labels"},
    "padding_mask": {"padding_mask"},
    "rotate": {"Rotary", "apply_rotary_pos_emb"},
    "sinusoidal": {"sinusoidal"},
    "sliding_window_mask": {"sliding_window_mask"},
    "split_heads": {"split_heads", "merge_heads"},
    "wilson": {"wilson", "proportion_confint"},
}


def borrowed(exercise: str, used: list[str]) -> Finding | None:
    """What is said of an answer that uses what it should write; None where it does not.

    Args:
        used: The full names of what the answer uses of libraries, as `names_used` gives them.
    """
    asked_for = ASKED_FOR.get(exercise, set())
    found = [name for name in used if name.split(".")[-1] in asked_for and name.split(".")[0] in LIBRARIES]
    if not found:
        return None
    return Finding(
        "borrowed",
        f"Your answer uses `{found[0]}`, which does what the exercise asks you to write.",
        "Which steps are inside of it, and can you write each of them in a line of your own?",
    )


def names_used(program: str, answers: Iterable[str]) -> list[str]:
    """The full names, `torch.nn.functional.gelu`, of what a program takes from what it imports.

    Args:
        answers: The names of its functions that are handed in: what is imported under one of these is used, too.
    """
    tree = ast.parse(program)
    imported = dict(_imported(tree))
    used = {name for node in ast.walk(tree) for name in _full_names(node, imported)}
    return sorted(used | {imported[name] for name in answers if name in imported})


def _imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """The names that stand for what was imported, each with its full name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (alias.asname, alias.name) if alias.asname else (alias.name.split(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _full_names(node: ast.AST, imported: dict[str, str]) -> Iterator[str]:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    if isinstance(node, ast.Name) and node.id in imported:
        yield ".".join([imported[node.id], *parts])
