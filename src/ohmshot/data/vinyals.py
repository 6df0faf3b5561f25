"""The test characters of the split that papers on few-shot learning use.

Vinyals, Blundell, Lillicrap, Kavukcuoglu, Wierstra, "Matching Networks for One Shot Learning", NeurIPS 2016: 1,200 of
Omniglot's 1,623 characters to train on and 423 to test on, each of the four rotations a class of its own (as before
in Santoro et al., ICML 2016). The list that Snell, Swersky and Zemel (NeurIPS 2017) published with their code, with
which most later work compares, has these 423: the last ones by name of the evaluation part, that is four of Gurmukhi's
and all of the twelve alphabets after it. A bundle trained on the background part alone has therefore seen none.
"""

from dataclasses import replace
from pathlib import Path

import torch

from ohmshot.data.examples import Examples
from ohmshot.data.omniglot import load_omniglot
from ohmshot.foundation.errors import DataError

FIRST = "Gurmukhi/character42"
CHARACTERS = 423


def vinyals_test_characters(location: Path | None = None) -> Examples:
    """Return the 423 test characters, not turned; see `Examples.with_rotations`.

    Raises:
        DataError: Omniglot is missing or damaged.
    """
    evaluation = load_omniglot("evaluation", location)
    chosen = [i for i, name in enumerate(evaluation.class_names) if name >= FIRST]
    if len(chosen) != CHARACTERS:
        raise DataError(f"Omniglot's evaluation part names {len(chosen)} characters from {FIRST} on, not {CHARACTERS}.")
    return replace(
        evaluation.of_classes(torch.tensor(chosen)),
        name="omniglot vinyals test",
        references=(*evaluation.references, "vinyals2016matching", "snell2017prototypical"),
    )
