"""The exercises' checks: ``check("ex-05-slant", answer)`` says whether an answer is right."""

from digitlib.course.exercises.checking import Verdict, asked_for, check, verdict

__all__ = ["Verdict", "asked_for", "check", "verdict"]
