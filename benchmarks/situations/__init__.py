"""Pictures of the situations in which readers of photographs fail, for judging alone.

What trains a reader and what judges it must not be drawn by the same hand: nothing here is used
for training, the fonts are held out from it, and digits are drawn as vectors, by other means
than those of :mod:`digitlib.training.scenes`. ``python -m benchmarks.situations`` measures readers.
"""

from benchmarks.situations.kinds import KINDS, Situation, draw

__all__ = ["KINDS", "Situation", "draw"]
