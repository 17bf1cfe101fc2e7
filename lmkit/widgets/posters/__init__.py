"""The still picture of each figure, for places where the figure cannot live."""
