"""The patterns: from the values of a cut to the pieces that are drawn."""
