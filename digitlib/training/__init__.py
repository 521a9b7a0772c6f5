"""Made-up digits, sheets and pages, and the training of the networks that ship."""
