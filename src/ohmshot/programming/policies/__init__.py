"""Policies by name: what a chip that takes plans may be asked to decide by.

Adding one is one entry here and one file ``programming/policies/NAME.py``.
"""

import dataclasses
import importlib
import json
import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ohmshot.foundation.compiled import F32, I32
from ohmshot.foundation.errors import SettingsError
from ohmshot.programming.attempt import Verification
from ohmshot.programming.policy import Plan, Policy

POLICIES = {
    "reset-then-set": "ResetThenSet",
    "reset-ramp": "ResetRamp",
    "hybrid": "Hybrid",
    "closed-loop": "ClosedLoop",
}
"""Name to class; a name with hyphens is a file with underscores."""
MOST_ATTEMPTS = 10_000
"""Of a plan that comes from elsewhere."""
_COUNTS = ("resets_to_retry", "most_cycles", "most_attempts")


def policy_described(policy: Any) -> dict[str, Any] | None:
    """Return a policy as its name and settings, JSON at heart; None for one without a name here.

    Policies that a policy is made of are described within its settings.
    """
    name = next((name for name in POLICIES if isinstance(policy, _class_of(name))), None)
    if name is None:
        return None
    settings = {field.name: getattr(policy, field.name) for field in dataclasses.fields(policy)}
    parts = {
        key: policy_described(value) if dataclasses.is_dataclass(value) else value for key, value in settings.items()
    }
    return {"policy": name, "settings": parts}


def policy_from(described: Mapping[str, Any]) -> Policy:
    """Return the policy that `policy_described` has described.

    Raises:
        SettingsError: no such policy, or settings that it does not have or that are out of range.
    """
    name, settings = described.get("policy"), described.get("settings", {})
    if name not in POLICIES or not isinstance(settings, Mapping):
        raise SettingsError(f"There is no policy '{name}'. Choose one of {', '.join(POLICIES)}.")
    default = _default(name)
    unknown = set(settings) - {field.name for field in dataclasses.fields(default)}  # type: ignore[arg-type]
    if unknown:
        raise SettingsError(f"The policy {name} has no setting '{min(unknown)}'.")
    values = {key: policy_from(value) if isinstance(value, Mapping) else value for key, value in settings.items()}
    for key, value in values.items():
        is_policy = dataclasses.is_dataclass(getattr(default, key))
        if dataclasses.is_dataclass(value) != is_policy or (not is_policy and type(value) not in (int, float)):
            raise SettingsError(f"The setting {key} of the policy {name} is a {'policy' if is_policy else 'number'}.")
    policy: Policy = dataclasses.replace(default, **values)  # type: ignore[type-var]
    return policy


def plan_description(plan: Plan) -> str | None:
    """Return what a plan decides by as JSON: its policy and its verification; None for a policy without a name here."""
    policy = policy_described(plan.policy)
    if policy is None:
        return None
    return json.dumps(
        {**policy, "verification": {name: value.item() for name, value in plan.verification._asdict().items()}}
    )


def plan_named(name: str) -> Plan:
    """Return a plan of no cells by a policy with its default settings: to ask a chip whether it takes such."""
    once = Verification(F32(1), F32(1), I32(1), I32(1), I32(1), F32(0))
    return Plan(_default(name), once, torch.zeros(0, dtype=torch.int64), torch.zeros(0))


def plan_from(description: str, cells: Tensor, targets: Tensor) -> Plan:
    """Return the plan of some cells that `plan_description` has described.

    Raises:
        SettingsError: it cannot be read, or asks for what no chip should do.
    """
    try:
        described = json.loads(description)
        policy, wanted = policy_from(described), described["verification"]
        counts = {name: int(wanted[name]) for name in _COUNTS}
        numbers = {name: float(wanted[name]) for name in Verification._fields if name not in _COUNTS}
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise SettingsError(f"A plan is JSON as docs/protocol.md describes it; this one is not: {error!r}.") from error
    if not all(1 <= count <= MOST_ATTEMPTS for count in counts.values()):
        raise SettingsError(f"Attempts, cycles and resets of a plan are 1 to {MOST_ATTEMPTS}.")
    if not all(0 <= number < math.inf for number in numbers.values()):
        raise SettingsError("Tolerance, ceiling and learning of a plan are numbers that are not negative.")
    values = {name: F32(number) for name, number in numbers.items()} | {name: I32(n) for name, n in counts.items()}
    return Plan(policy, Verification(**values), cells, targets)


def _default(name: str) -> Policy:
    """A policy with default settings; so are the policies that it is made of."""
    made = _class_of(name)
    parts: dict[str, Any] = {}
    for field in dataclasses.fields(made):
        if isinstance(field.type, type) and dataclasses.is_dataclass(field.type):
            parts[field.name] = field.type()
    policy: Policy = made(**parts)
    return policy


def _class_of(name: str) -> Any:
    return getattr(importlib.import_module(f"{__name__}.{name.replace('-', '_')}"), POLICIES[name])
