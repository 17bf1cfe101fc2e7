"""Privacy: what a model remembers of single texts, how this is found out, and how training can forget them."""
