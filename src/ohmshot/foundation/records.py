"""The base of everything that is validated on its way in or out."""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator


class Record(BaseModel):
    """A validated record: unknown fields are refused, and it does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TypedRecord(Record):
    """A record that people write by hand, as TOML: ``true`` is no 1, as it would be elsewhere."""

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_value_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        given = value if isinstance(value, list | tuple) else (value,)
        truth = [each for each in given if isinstance(each, bool)]
        if truth and "bool" not in str(cls.model_fields[str(info.field_name)].annotation):
            raise ValueError(f"a number or a text is wanted, not {str(truth[0]).lower()}")
        return value
