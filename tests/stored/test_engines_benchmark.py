"""Chapter 16 with three engines: what is stored is whole, and its programs are the chapter's."""

import json

import pytest

from benchmarks import engines as bench


def test_the_three_engines_agree_as_the_chapter_says():
    stored = json.loads(bench.RESULTS.read_text())
    assert all(stored["packages"].values())
    assert stored["same"] == dict.fromkeys(bench.ENGINES, 1000)
    assert stored["apart"]["tensorflow"] == 0
    assert 0 < stored["apart"]["jax"] < 1e-4 and 0 < stored["apart"]["torch"] < 1e-4


def test_the_programs_are_those_of_the_chapter(tmp_path):
    bench.write_programs(tmp_path)
    written = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert {"train.py", "engine.py"} <= set(written)
    for program in written.values():
        compile(program, "program", "exec")


def test_a_program_that_fails_is_told_with_its_engine(tmp_path):
    (tmp_path / "broken.py").write_text("raise SystemExit('no such engine')\n")
    with pytest.raises(RuntimeError, match=r"broken\.py failed with jax: no such engine"):
        bench.run(tmp_path, "broken.py", "jax")
