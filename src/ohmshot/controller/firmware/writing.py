"""The plan of the write-verify engine, for the header: every field of `ohmshot.controller.write_plan.WritePlan`."""

import dataclasses

from ohmshot.controller.firmware.tables import defines, guarded, table
from ohmshot.controller.write_plan import HALVINGS, LOG_ENTRIES, RATIO_BITS, WritePlan
from ohmshot.controller.write_verify import MOST_RESETS


def plan_tables(plan: WritePlan) -> str:
    """Numbers and tables of a plan, seen by the engine alone."""
    fields = {field.name: getattr(plan, field.name) for field in dataclasses.fields(plan)}
    numbers: dict[str, int | str] = {
        f"PLAN_{name.upper()}": int(value) for name, value in fields.items() if not isinstance(value, tuple)
    }
    numbers |= {
        "PLAN_RATIO_BITS": RATIO_BITS,
        "PLAN_LOG_ENTRIES": f"{LOG_ENTRIES}U",
        "PLAN_HALVINGS": HALVINGS,
        "PLAN_MOST_RESETS": MOST_RESETS,
        "PLAN_LEAD": f"{plan.lead}U",
        "PLAN_HIGHEST_FROM_ABOVE": f"{plan.highest_from_above}U",
    }
    used = ("targets", "gates", "sources", "fractions", *(("typical",) if plan.corrects else ()))
    tables = [table("int32_t", f"ohm_plan_{name}", fields[name]) for name in used]
    return guarded("OHM_WITH_PLAN", [defines(numbers), *tables])
