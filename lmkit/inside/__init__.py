"""What looks: traces of any model, what its heads and neurons do, and what it knows. No weight is changed here."""
