from typing import Any

from django.dispatch import receiver

from forum.signals import threads_imported
from search import actions


@receiver(threads_imported)
def index_imported(**kwargs: Any) -> None:
    """What an import brought can be found as soon as it is done."""
    for _ in actions.refresh_stale():
        pass
    actions.learn_words()
