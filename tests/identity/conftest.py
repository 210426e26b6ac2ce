from outbox.conftest import bureau
from stories.conftest import story

__all__ = ["bureau", "story"]
