"""The same exercises for schools that have nbgrader or otter: what these tools take, and what an answer earns there.

Both run an answer in the process that marks it, as the teacher. So an answer that replaces the check, or reads a solved
copy that lies within its reach, gets all points there. `python -m lmkit.classroom grade` is not fooled by that.
"""
