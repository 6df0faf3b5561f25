"""The process of long work: reads its order from the standard input and tells its progress, one line of JSON each."""

import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

BUNDLE = "bundle.safetensors"
"""The file of an initialisation."""


def _tell(**told: Any) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def _end_with_the_server() -> None:
    """The server holds the other end of the standard input for as long as it lives."""
    sys.stdin.read()
    os._exit(1)


def study(order: dict[str, Any]) -> dict[str, Any]:
    """Run a study and write all its files into a folder; returns what the page shows.

    Args:
        order: a `ohmshot.workbench.jobs.GivenStudy` as a dictionary, with the parameter set and the folder.
    """
    from ohmshot.api.runs import run_study
    from ohmshot.foundation.files import write_text
    from ohmshot.foundation.frame_files import write_csv, write_parquet
    from ohmshot.plot.style import save_png, svg
    from ohmshot.report.study_page import cell_text, rows_shown, study_page
    from ohmshot.study.registry import figures_of

    folder = Path(order["folder"])
    done = run_study(
        order["name"],
        source=order["source"],
        size=order["size"],
        chips=order["chips"],
        episodes=order["episodes"],
        strategy=order["strategy"],
        parameters=order["parameters"],
        seed=order["seed"],
        progress=lambda steps, total: _tell(done=steps, of=total, words="measuring"),
    )
    result = done.result
    done.save_json(folder / "result.json")
    files = ["result.json"]
    shown = []
    for name, frame in result.tables.items():
        flat = frame.select([column for column in frame.columns if not frame.schema[column].is_nested()])
        write_csv(folder / f"{name}.csv", flat)
        write_parquet(folder / f"{name}.parquet", frame)
        files += [f"{name}.csv", f"{name}.parquet"]
        rows = [list(map(cell_text, row, frame.columns)) for row in rows_shown(frame).iter_rows()]
        shown.append({"name": name, "columns": frame.columns, "rows": rows, "left": frame.height - len(rows)})
    drawn = figures_of(result)
    figures = []
    for each in drawn:
        write_text(folder / f"{each.name}.svg", svg(each.figure))
        save_png(each.figure, folder / f"{each.name}.png")
        files += [f"{each.name}.svg", f"{each.name}.png"]
        figures.append({"name": each.name, "caption": each.caption})
    write_text(folder / "report.html", study_page(result, drawn))
    return {
        "title": result.title,
        "question": result.question,
        "findings": list(result.findings),
        "tables": shown,
        "figures": figures,
        "files": [*files, "report.html"],
    }


def initialisation(order: dict[str, Any]) -> dict[str, Any]:
    """Make the initialisation for the people of a source, or fetch it from the cache, and write it into a folder.

    Args:
        order: "source", "data" with the folder of the data sets or None, and "folder".
    """
    from ohmshot.bundle.file import save_bundle
    from ohmshot.data.source import PERSONAL, training_examples
    from ohmshot.meta.personal import personal_bundle

    name, data = order["source"], order["data"]
    training = training_examples(name, None if data is None else Path(data))
    bundle = personal_bundle(
        PERSONAL[name], training, lambda phase, steps, total, *_: _tell(done=steps, of=total, words=phase)
    )
    save_bundle(bundle, Path(order["folder"]) / BUNDLE)
    return {"files": [BUNDLE]}


WORK: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {"study": study, "initialisation": initialisation}
"""What a worker does, by name."""


def main() -> None:
    """Do the work that the first line of the standard input orders."""
    from ohmshot.foundation.errors import OhmshotError

    order = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    try:
        _tell(**WORK[order["work"]](order), state="done")
    except OhmshotError as error:
        _tell(state="failed", words=str(error))


if __name__ == "__main__":
    main()
