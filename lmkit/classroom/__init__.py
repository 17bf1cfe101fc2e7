"""A class with these exercises: notebooks to hand out, and a place where answers can run and do no harm."""
