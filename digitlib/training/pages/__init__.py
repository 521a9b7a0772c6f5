"""One network for the whole page: the made-up scenes it learns from, and its training."""
