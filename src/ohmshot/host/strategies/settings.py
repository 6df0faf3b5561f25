"""What programming strategies can be told."""

from dataclasses import astuple, dataclass

from ohmshot.foundation.errors import SettingsError


@dataclass(frozen=True)
class StrategySettings:
    """Settings of all strategies; each uses what concerns it.

    Everything is a choice of the host, so nothing here has a source unless one is named; the strategy study sweeps
    what matters.

    Attributes:
        tolerance: uS, a cell is accepted within plus and minus this of its target (sweep 1 to 5).
        reset_ceiling: uS, a cell that shall be reset is accepted below this.
        most_cycles: SET/RESET cycles that a cell is given before it is left as it is: its budget of wear (an upper
            limit as in Bonnet et al., Nat. Commun. 14, 2023, Algorithm 1; its size is not published).
        most_attempts: rounds of pulses and reads, a bound on the time that a ramp may take.
        verify_delay: s at room temperature between the pulses of an attempt and the read that verifies it. With a delay
            every attempt waits, whether cells are left or not, so that chips of one batch do not feel each other.
        resets_to_retry: a cell that resists RESET gets so many pulses before a SET gives it a new filament.
        ramp_lead: V, a first RESET ramp begins this far below the amplitude that typically ends at the target.
        ramp_step: V, growth of the RESET amplitude from pulse to pulse of a first ramp.
        ramp_headroom: uS, a RESET ramp that has to begin anew starts from a SET this far above the target.
        crossover: uS, hybrid and closed loop: targets below are approached by RESET, others by SET (the two lowest SET
            levels relax worst: Esmanhotto et al., Adv. Intell. Syst. 4, 2022).
        set_headroom: uS, closed loop: the same headroom, smaller because the cell's own offset is known.
        set_margin: uS, closed loop: the first SET of a cycle aims this far below the target.
        reset_margin: closed loop: the first RESET of a cycle aims this share above the target.
        damping: closed loop: share of the remaining distance that a corrected amplitude is meant to cover.
        learning: closed loop: weight of the last cycle's outcome in what is known of a cell; one half weighs one
            outcome as much as the datasheet, which is best where devices differ as much as cycles do.
        gate_overdrive: V, closed loop: how far a correction may lead above the gate voltages of the datasheet.
        settle_rounds: how often the cells are read again after they have relaxed.
        settle_seconds: s at room temperature before each of these rounds.
        settle_tolerance: uS, in these rounds only what moved further than this from its target is written again.

    Raises:
        SettingsError: something negative, or a count of nothing.
    """

    tolerance: float = 2.5
    reset_ceiling: float = 10.0
    most_cycles: int = 20
    most_attempts: int = 100
    verify_delay: float = 0.0
    resets_to_retry: int = 3
    ramp_lead: float = 0.25
    ramp_step: float = 0.04
    ramp_headroom: float = 40.0
    crossover: float = 66.0
    set_headroom: float = 16.0
    set_margin: float = 6.0
    reset_margin: float = 0.1
    damping: float = 0.8
    learning: float = 0.5
    gate_overdrive: float = 0.2
    settle_rounds: int = 0
    settle_seconds: float = 60.0
    settle_tolerance: float = 4.0

    def __post_init__(self) -> None:
        if not min(astuple(self)) >= 0:
            raise SettingsError("Settings of a programming strategy must not be negative.")
        if min(self.most_cycles, self.most_attempts, self.resets_to_retry) < 1:
            raise SettingsError("A programming strategy needs at least 1 cycle, 1 attempt and 1 reset to retry.")
