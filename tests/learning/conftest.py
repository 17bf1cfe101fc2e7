"""What tests of instructions and of rewards begin with: `book`, and the form of its dialogues.

lmkit is imported when it is asked for: this file is read before annotations are checked.
"""

import pytest


@pytest.fixture(scope="module")
def book():
    from lmkit import load

    return load("book")


@pytest.fixture(scope="module")
def chat(book):
    from lmkit.learning import instruct

    return instruct.Chat(book.tokenizer, book.model.config.vocab_size)
