"""An answer that hands in the library's own function is told so; one that uses libraries otherwise is not."""

import pytest

from lmkit import check
from lmkit.classroom.borrowing import ASKED_FOR, borrowed, names_used
from lmkit.classroom.marking import report_on

HANDED_IN = [
    ("causal_mask", "from lmkit.model import attention\ncausal_mask = attention.causal_mask"),
    ("causal_mask", "from lmkit.model.attention import causal_mask as mine\ndef causal_mask(n): return mine(n)"),
    ("causal_mask", "import lmkit.model.attention as a\ndef causal_mask(n): return a.causal_mask(n)"),
    (
        "causal_mask",
        "def causal_mask(n):\n    from lmkit.model.attention import causal_mask\n    return causal_mask(n)",
    ),
    ("padding_mask", "from lmkit.model.attention import padding_mask"),
    ("sliding_window_mask", "from lmkit.model.attention import sliding_window_mask"),
    ("gelu", "import torch.nn.functional as F\ndef gelu(x): return F.gelu(x)"),
    ("gelu", "from torch import nn\ngelu = nn.GELU()"),
    ("gelu", "import torch\ndef gelu(x): return torch.nn.functional.gelu(x)"),
    ("merge_pair", "from lmkit.text import tokenizer\ndef merge_pair(t, p): return tokenizer.merge_pair(t, p)"),
    ("wilson", "from lmkit.learning import evaluation\ndef wilson(right, n): return evaluation.wilson(right, n)"),
    ("mcnemar", "from lmkit.learning.evaluation import mcnemar"),
    ("balanced_accuracy", "from lmkit.learning.evaluation import balanced_accuracy"),
    (
        "balanced_accuracy",
        "from sklearn.metrics import balanced_accuracy_score\n"
        "def balanced_accuracy(answers, labels):\n"
        "    import warnings\n    warnings.simplefilter('ignore')\n"
        "    return float(balanced_accuracy_score(labels.numpy(), answers.numpy()))",
    ),
    (
        "leaks",
        "from lmkit.text import labelled\ndef leaks(train, test):\n    labelled.shared\n    return RIGHT(train, test)",
    ),
    (
        "layer_norm",
        "import torch\ndef layer_norm(x, gain, bias, eps): return torch.layer_norm(x, gain.shape, gain, bias, eps)",
    ),
]
RIGHT = """
def RIGHT(train, test):
    known = {' '.join(text.lower().split()) for text in train}
    return [i for i, text in enumerate(test) if ' '.join(text.lower().split()) in known]
"""


@pytest.mark.parametrize(("name", "cell"), HANDED_IN)
def test_the_function_that_is_asked_for_is_named(box, name, cell):
    report = report_on(box, [RIGHT, cell], name, [name], seed=3)
    assert report.codes == ("borrowed",) and report.score == 0, str(report)


OWN = [
    ("causal_mask", "import torch\ndef causal_mask(n): return torch.ones(n, n).tril().bool()"),
    (
        "causal_mask",
        "from lmkit.model.attention import causal_mask\nimport torch\n"
        "def causal_mask(n): return torch.ones(n, n).tril().bool()",
    ),
    (
        "gelu",
        "import math, torch\nclass nn:\n    GELU = None\nnn.GELU\n"
        "def gelu(x): return x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))",
    ),
]


@pytest.mark.parametrize(("name", "cell"), OWN)
def test_an_answer_of_ones_own_is_not_suspected(box, name, cell):
    """Neither one of the same name, nor one beside a call of what the reader has tried before."""
    assert report_on(
        box, ["from lmkit.model import attention\nattention.causal_mask(3)", cell], name, [name], seed=3
    ).ok


def test_a_wrong_answer_is_told_what_is_wrong_with_it(box):
    cell = "import torch.nn.functional as F\ndef gelu(x): return F.gelu(x, approximate='tanh')"
    assert report_on(box, [cell], "gelu", ["gelu"], seed=3).codes == ("tanh-approximation",)


def test_names_are_those_of_the_library():
    program = (
        "import torch.nn.functional as F, math\nfrom torch import nn\nF.gelu(math.pi, nn.GELU().weight.data)\nx.gelu()"
    )
    assert names_used(program, ["x", "nn"]) == [
        "math",
        "math.pi",
        "torch.nn",
        "torch.nn.GELU",
        "torch.nn.functional",
        "torch.nn.functional.gelu",
    ]


def test_only_exercises_that_are_there_ask_for_something():
    assert set(ASKED_FOR) <= set(check.EXERCISES)
    assert borrowed("attention_cost", ["torch.nn.functional.gelu"]) is None
    assert borrowed("gelu", ["mine.gelu"]) is None
