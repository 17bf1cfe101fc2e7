"""A class with these exercises: notebooks to hand out, with nothing in them that gives an answer away."""
