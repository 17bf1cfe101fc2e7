"""What an article on language models claims, held against what this book measured.

Each claim has a verdict, and a function that gives the numbers and says whether they bear the verdict out: read from a
record where the run was long, computed at once where it is short. The page *Claims tested* tells them all; a test holds
every verdict to its numbers.

    CLAIMS["more text"].measure().says
"""

from lmkit.experiments.claims import answers, making, trusting, using
from lmkit.experiments.claims.claim import Claim

CLAIMS: dict[str, Claim] = making.CLAIMS | using.CLAIMS | answers.CLAIMS | trusting.CLAIMS
