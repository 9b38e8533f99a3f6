"""`docs/chapter6.md` says what `docs/chapter6.json` holds: real runs beside the book's figures, and nothing else."""

import json
import shutil
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
sys.path.insert(0, str(DOCS / "_site"))

import chapter6  # noqa: E402

from symnet.examples.book.rows import ROWS  # noqa: E402

HARDWARE = {"cpu": "Z80", "system": "CP/M", "cores": 2, "threads": 1, "python": "3.11.7", "numpy": "2.4.6"}


def run(row="relu", seed=0, right=9925, quick=False, epochs=None, date="2026-01-02T03:04:05+00:00", seconds=4000.0):
    return {
        "row": row, "seed": seed, "quick": quick, "settings": ROWS[row].settings(), "ended": "done",
        "epochs": ROWS[row].epochs if epochs is None else epochs, "best_epoch": 31, "validation_accuracy": 0.9911,
        "test_accuracy": right / 10_000, "right": right, "total": 10_000, "seconds": seconds,
        "images_per_second": 3456.7, "date": date, "symnet": "0.1.0", "commit": "abc1234", "hardware": HARDWARE,
    }  # fmt: skip


def cells(page, row="relu"):
    """The table's cells of a row, by column."""
    lines = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("|")]
    return next(dict(zip(lines[0], line)) for line in lines if line[0] == row)


def page(*records, **pictures):
    return chapter6.page({"records": list(records), "pictures": pictures})


def test_the_page_is_written_from_the_records():
    hint = "write it again: python docs/_site/chapter6.py"
    assert chapter6.PAGE.read_text(encoding="utf-8") == chapter6.page(chapter6.read()), hint


def test_every_record_is_of_a_real_run_of_the_book_s_settings():
    data = chapter6.read()
    for record in data["records"]:
        assert not record["quick"] and record["total"] == 10_000 and record["row"] in ROWS
        assert record["settings"] == ROWS[record["row"]].settings() | {"epochs": record["settings"]["epochs"]}
    assert all((chapter6.PICTURES / f"chapter6_{kind}.svg").exists() for kind in data["pictures"])


def test_rows_that_were_not_run_say_so():
    assert all(cells(page(), row)["symnet"] == "not run yet" for row in ROWS)
    assert "not run yet" not in cells(page(run()), "relu").values()
    assert cells(page(run()), "fc-300")["symnet"] == "not run yet"


def test_quick_runs_are_not_shown():
    assert page(run(quick=True)) == page()


def test_a_run_beside_the_book():
    found = cells(page(run()))
    assert (found["book"], found["symnet"], found["difference"]) == ("99.23%", "99.25%", "+2")
    assert (found["epochs"], found["time"], found["images/s"]) == ("60", "67 min", "3,457")
    assert found["command"] == "`python -m symnet chapter6 relu`"
    assert cells(page(run(right=9900)))["difference"] == "-23"


def test_several_seeds_stand_below_one_another():
    found = cells(page(run(), run(seed=2, right=9920)))
    assert found["symnet"] == "99.25% (seed 0)<br>99.20% (seed 2)" and found["difference"] == "+2<br>-3"


def test_fewer_epochs_than_the_book_s_are_told():
    assert cells(page(run(epochs=20)))["epochs"] == "**20 of 60**"


@pytest.mark.parametrize(("seconds", "text"), [(12.3, "12 s"), (600.0, "10 min"), (11_100.0, "3 h 05 min")])
def test_times(seconds, text):
    assert cells(page(run(seconds=seconds)))["time"] == text


def test_each_machine_is_named_with_what_ran_on_it():
    one = page(run(), run("conv"))
    assert "Measured on Z80 (CP/M, 2 cores), 1 thread, Python 3.11.7, NumPy 2.4.6." in one
    other = run("conv")
    other["hardware"] = {**HARDWARE, "threads": 2}
    assert "relu: Z80 (CP/M, 2 cores), 1 thread" in page(run(), other)
    assert "conv: Z80 (CP/M, 2 cores), 2 threads" in page(run(), other)


@pytest.fixture
def own_docs(tmp_path, monkeypatch):
    """The page and its data in a folder of their own."""
    for name, path in (("PAGE", chapter6.PAGE), ("DATA", chapter6.DATA)):
        monkeypatch.setattr(chapter6, name, Path(shutil.copy(path, tmp_path / path.name)))
    before = run(right=9000, date="2025-01-01T00:00:00+00:00")
    chapter6.DATA.write_text(json.dumps({"pictures": {}, "records": [before]}))
    (tmp_path / "pictures").mkdir()
    monkeypatch.setattr(chapter6, "PICTURES", tmp_path / "pictures")
    return tmp_path


def test_runs_are_taken_in_with_their_pictures(own_docs, tmp_path):
    runs = tmp_path / "runs"
    for name in ("relu-0", "conv-0", "conv-0-quick", "deep-0"):
        (runs / name).mkdir(parents=True)
        for kind in ("filters", "wrong"):
            (runs / name / f"{kind}.svg").write_text(name)
    (runs / "results.json").write_text(json.dumps([run(), run("conv"), run("deep"), run("dropout", quick=True)]))
    assert chapter6.main([str(runs)]) == 0
    data = json.loads(chapter6.DATA.read_text())
    found = [(record["row"], record["right"], record["quick"]) for record in data["records"]]
    assert found == [("conv", 9925, False), ("relu", 9925, False), ("deep", 9925, False)]
    assert data["pictures"] == {"filters": "relu", "wrong": "deep"}
    assert (own_docs / "pictures" / "chapter6_filters.svg").read_text() == "relu-0"
    assert (own_docs / "pictures" / "chapter6_wrong.svg").read_text() == "deep-0"
    assert "pictures/chapter6_filters.svg" in chapter6.PAGE.read_text() and chapter6.main(["--check"]) == 0


def test_a_page_out_of_date_is_seen(own_docs, capsys):
    assert chapter6.main(["--check"]) == 1
    assert "out of date: python docs/_site/chapter6.py" in capsys.readouterr().out
    assert chapter6.main([]) == 0 and chapter6.main(["--check"]) == 0
