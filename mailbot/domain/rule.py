"""What every noun that is written in a YAML file has in common."""

from pydantic import BaseModel, ConfigDict


class Rule(BaseModel):
    """A frozen piece of the rules. Unknown keys are refused, so that a typo never passes silently."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, defer_build=True)
