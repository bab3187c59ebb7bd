"""Fine-tuning the encoder on one's own photos, in the order in which it happens.

1. ``targets``: which columns are learnt, and their classes.
2. ``starting``: the weights that training begins with, trained ones or a hub's.
3. ``runs``: a new folder, or one that a killed training left.
4. ``pictures``, ``split``: every photo decoded once; which of them judge.
5. ``learning``: the epochs, in one process or several (``crew``), on batches (``batches``, ``sampling``,
   ``augment``, ``backgrounds``), towards an ``objective``, judged by ``validation``, kept by ``checkpoints``.
6. ``writing``: the best epoch as a weights folder.

``fine_tuning`` reads top to bottom, a call a step.
"""
