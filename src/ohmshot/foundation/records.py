"""The base of everything that is validated on its way in or out."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A validated record: unknown fields are refused, and it does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)
