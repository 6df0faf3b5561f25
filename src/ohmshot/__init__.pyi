# The public names: read by type checkers, and by __init__.py, which loads each when it is first used.
from . import nn as nn
from .adapt.adaptation import Step as Step
from .adapt.adaptation import adaptation as adaptation
from .adapt.bake import Bake as Bake
from .adapt.bake import bake as bake
from .adapt.one_call import Adapted as Adapted
from .adapt.one_call import adapt as adapt
from .api.finished_run import FinishedRun as FinishedRun
from .api.loading import connect as connect
from .api.loading import draw_tasks as draw_tasks
from .api.loading import load_bundle as load_bundle
from .api.loading import load_examples as load_examples
from .api.loading import load_parameters as load_parameters
from .api.loading import strategy as strategy
from .api.plots import plot_accuracy as plot_accuracy
from .api.plots import plot_conductances as plot_conductances
from .api.plots import plot_levels as plot_levels
from .api.runs import run_demo as run_demo
from .api.runs import run_fleet as run_fleet
from .api.runs import run_study as run_study
from .api.runs import run_sweep as run_sweep
from .bundle.bundle import Bundle as Bundle
from .bundle.file import save_bundle as save_bundle
from .bundle.for_features import bundle_for as bundle_for
from .cell.parameter_set import ParameterSet as ParameterSet
from .chip.circuit import Circuit as Circuit
from .chip.meter import MeterReading as MeterReading
from .chip.simulated_chips import SimulatedChips as SimulatedChips
from .data.episodes import EpisodeShape as EpisodeShape
from .data.examples import Examples as Examples
from .foundation.errors import OhmshotError as OhmshotError
from .host.learner import Learner as Learner
from .host.learner import LearnerSettings as LearnerSettings
from .host.limits import Limits as Limits

__version__: str
