"""What a run begins from, by name or from a file: parameter sets, bundles, examples, strategies, chips."""

from pathlib import Path
from typing import Any

from ohmshot.adapt.address import connected_chip
from ohmshot.adapt.tasks import TaskBatch
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.file import CHARACTERS, load_trusted_bundle, named_bundle
from ohmshot.cell.parameter_set import ParameterSet, load_parameter_set
from ohmshot.chip.simulated_chips import DEFAULT_TECHNOLOGY
from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.data.examples import Examples
from ohmshot.data.source import evaluation_examples
from ohmshot.foundation.randomness import generator
from ohmshot.host.strategies.registry import strategy_named
from ohmshot.host.strategies.strategy import ProgrammingStrategy, with_settings
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.loopback import LoopbackLink
from ohmshot.wire.server.simulated_station import SimulatedStation


def load_parameters(name_or_path: str | Path = DEFAULT_TECHNOLOGY) -> ParameterSet:
    """Load the parameter set of a cell technology, each number with its unit, status and source.

    Args:
        name_or_path: a set that comes with the package (`ohmshot parameters list`), or a TOML file.

    Raises:
        ParameterError: no such set, or a row that is missing, unknown, in the wrong unit or impossible; the message
            names file, line and row.

    Examples:
        >>> import ohmshot as oh
        >>> cells = oh.load_parameters("leti_hfo2_130nm")
        >>> cells.quantities["read_voltage"].value, cells.quantities["read_voltage"].unit
        (0.2, 'V')
    """
    return load_parameter_set(str(name_or_path))


def load_bundle(name_or_path: str | Path = CHARACTERS, *, trusted_keys: str | Path | None = None) -> Bundle:
    """Load a learned initialisation: the fixed layers, the head that chips begin from, and the learned rates.

    Args:
        name_or_path: "characters" or "four-convolutions", which come with the package, or a file.
        trusted_keys: take only what one of the keys in this file signed (`ohmshot bundle trust`), and nothing older
            than the newest taken; None takes unsigned bundles too.

    Raises:
        BundleError: it is missing, damaged, foreign or newer than this version, or not signed by a trusted key.

    Examples:
        >>> import ohmshot as oh
        >>> oh.load_bundle("characters")
        Bundle('characters': drawings of 28 x 28, head 29-5, 5 updates)
    """
    if trusted_keys is not None:
        return load_trusted_bundle(Path(name_or_path), Path(trusted_keys)).bundle
    return named_bundle(Path(name_or_path))


def load_examples(source: str, data: str | Path | None = None) -> Examples:
    """Load labelled examples of classes that no bundle of the package has seen.

    Args:
        source: "invented" and "digits" need no download, "omniglot" is downloaded once; all are in docs/data.md.
        data: folder that holds the data; None looks in the usual places.

    Returns:
        Values [classes, examples, *shape of one example]: drawings uint8 [28, 28], 0 paper and 255 ink, or signals
        float32 [channels, length].

    Raises:
        DataError: no such source, or its data are missing or damaged.

    Examples:
        >>> import ohmshot as oh
        >>> oh.load_examples("digits")
        Examples('digits': 10 classes, 174 examples of each, drawing 28 x 28)
    """
    return evaluation_examples(source, None if data is None else Path(data))


def draw_tasks(examples: Examples, shape: EpisodeShape | None = None, *, tasks: int = 1, seed: int = 0) -> TaskBatch:
    """Draw few-shot tasks: classes by chance, a few examples of each to learn from and others to be judged by.

    Args:
        examples: where the classes come from.
        shape: ways, shots and queries; None for 5-way 5-shot with 15 queries a class.
        tasks: how many.
        seed: the same seed and number give the same tasks.

    Returns:
        Support [tasks, ways * shots, *shape of one example] and query [tasks, ways * queries, ...] with their labels.

    Raises:
        SettingsError: too few classes or examples for this shape.

    Examples:
        >>> import ohmshot as oh
        >>> drawn = oh.draw_tasks(oh.load_examples("digits"), oh.EpisodeShape(ways=3, shots=2, queries=4), tasks=10)
        >>> drawn.support.shape, drawn.query.shape
        (torch.Size([10, 6, 28, 28]), torch.Size([10, 12, 28, 28]))
        >>> drawn.support_labels
        tensor([0, 0, 1, 1, 2, 2])
    """
    episodes = sample_episodes(examples, shape or EpisodeShape(), tasks, generator(seed, "episodes"))
    support, query = episodes.support(examples.values), episodes.query(examples.values)
    return TaskBatch(support, episodes.support_labels, query, episodes.query_labels)


def strategy(name: str, **settings: Any) -> ProgrammingStrategy:
    """Return a programming strategy: how cells are brought to their conductances.

    Args:
        name: single-shot-set, iterative-set, iterative-reset, hybrid, closed-loop, closed-loop-settled or
            pair-corrected (docs/strategies.md).
        settings: settings by their names that shall differ from those that it comes with.

    Raises:
        SettingsError: no such strategy or setting, or a value out of range.

    Examples:
        >>> import ohmshot as oh
        >>> oh.strategy("hybrid").name
        'hybrid'
        >>> oh.strategy("hybrid", colour="red")
        Traceback (most recent call last):
            ...
        ohmshot.foundation.errors.SettingsError: The programming strategy hybrid has no setting 'colour'. ...
    """
    return with_settings(strategy_named(name), settings)


def connect(address: str) -> RemoteCrossbar:
    """Connect to a chip behind a wire: a server of `ohmshot serve`, or a tester that speaks docs/protocol.md.

    The chip that comes back is used like any other; as a context manager it lets go of the chip at the end.

    Args:
        address: "tcp://HOST:PORT", "tls://HOST:PORT?ca=FILE", "serial:///dev/DEVICE" or "visa://RESOURCE"; "sim" for a
            simulated chip in this process that speaks the same protocol. A token is taken from OHMSHOT_TOKEN.

    Raises:
        SettingsError: no such kind of address.
        ChipError: no chip answers there, or somebody else drives it.

    Examples:
        >>> import ohmshot as oh
        >>> with oh.connect("sim") as chip:
        ...     chip.chips, chip.datasheet.rows, chip.datasheet.columns
        (1, 32, 64)
    """
    if address == "sim":
        return RemoteCrossbar(LoopbackLink(SimulatedStation(load_parameters(), seed=0)))
    return connected_chip(address)
