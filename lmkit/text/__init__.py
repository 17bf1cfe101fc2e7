"""What is read: the tokenizer, texts from files, labelled examples, and stories that know their own truth."""
