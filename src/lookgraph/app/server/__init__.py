"""What the pages and the API stand on: who may do what, limits, errors, tokens, uploads."""
