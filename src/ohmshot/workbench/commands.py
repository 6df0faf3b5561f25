"""The command line, and the lines of Python, that do the same as a view of the page."""

import shlex
from typing import Any

from ohmshot.workbench.ageing import GivenBake
from ohmshot.workbench.jobs import GivenStudy
from ohmshot.workbench.settings import BenchSettings, Technologies

SYMBOLS = "my-symbols"


def _line(*words: object) -> str:
    return " ".join(shlex.quote(str(word)) for word in words)


def _chip(settings: BenchSettings, technologies: Technologies, chip: str) -> list[object]:
    if chip != "sim":
        return ["--chip", chip, "--strategy", settings.strategy]
    cells = technologies.files.get(settings.technology, settings.technology)
    return ["--seed", settings.seed, "--strategy", settings.strategy, "--parameters", cells]


def teach_command(settings: BenchSettings, technologies: Technologies, chip: str, queries: bool) -> str:
    """Learn the pictures that the page saves as a ZIP file, unpacked here."""
    query = ["--query", f"{SYMBOLS}/query"] if queries else []
    return _line("ohmshot", "adapt", "--support", f"{SYMBOLS}/support", *query, *_chip(settings, technologies, chip))


def time_command(settings: BenchSettings, technologies: Technologies, chip: str, queries: bool, bake: GivenBake) -> str:
    """Learn, and bake a copy."""
    line = teach_command(settings, technologies, chip, queries)
    if chip != "sim":
        return line
    return f"{line} {_line('--bake-hours', f'{bake.hours:g}', '--bake-celsius', f'{bake.celsius:g}')}"


def engineer_command(settings: BenchSettings, technologies: Technologies) -> str:
    """Measure these settings over many chips: a sweep file and its command, or with faults a demo."""
    if settings.injection.of_chip:
        faults = {"stuck": settings.stuck, "dead-row": settings.dead_rows, "dead-column": settings.dead_columns}
        inject = [word for name, value in faults.items() if value for word in ("--inject", f"{name}:{value:g}")]
        return _line("ohmshot", "demo", "--source", "invented", "--chips", 20, "--episodes", 20,
                     *_chip(settings, technologies, "sim"), *inject)  # fmt: skip
    own: dict[str, Any] = {
        "strategy.tolerance": settings.tolerance,
        "cell.read_noise": settings.read_noise,
        "circuit.line_resistance_ohm": settings.line_resistance_ohm,
        "circuit.input_bits": settings.input_bits or "none",
        "circuit.output_bits": settings.output_bits or "none",
        "learner.levels": settings.levels,
        "learner.pair_policy": settings.pair_policy,
    }
    rows = [f"{key} = {{ values = [{_toml(value)}] }}" for key, value in own.items() if value is not None]
    cells = technologies.files.get(settings.technology, settings.technology)
    run = {"source": "invented", "chips": 20, "seed": settings.seed, "strategy": settings.strategy, "parameters": cells}
    file = [
        'title = "From the workbench"',
        'method = "grid"',
        "[run]",
        *(f"{key} = {_toml(value)}" for key, value in run.items()),
        "[vary]",
        *rows,
    ]
    return "\n".join(["cat > bench.toml <<'END'", *file, "END", "ohmshot sweep bench.toml"])


def study_command(study: GivenStudy, technologies: Technologies) -> str:
    """Run the study and write all its files."""
    counts = [
        word for name in ("chips", "episodes") if (value := getattr(study, name)) for word in (f"--{name}", value)
    ]
    cells = technologies.files.get(study.technology, study.technology)
    return _line("ohmshot", "study", study.name, "--source", study.source, "--size", study.size, *counts, "--seed",
                 study.seed, "--strategy", study.strategy, "--parameters", cells, "--json", f"{study.name}.json",
                 "--report", f"{study.name}.html", "--table", f"{study.name}.parquet",
                 "--figures", "figures")  # fmt: skip


def _toml(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{value:g}" if isinstance(value, float) else str(value)
