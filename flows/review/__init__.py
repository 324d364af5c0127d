"""The page where people go through mattes: ``python -m flows.review OUT``."""
