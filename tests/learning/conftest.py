"""What tests of instructions and of rewards begin with: `book`, and the form of its dialogues."""

import pytest

from lmkit import load
from lmkit.learning import instruct


@pytest.fixture(scope="module")
def book():
    return load("book")


@pytest.fixture(scope="module")
def chat(book):
    return instruct.Chat(book.tokenizer, book.model.config.vocab_size)
