"""What other apps may want to know about."""

from django.dispatch import Signal

threads_imported = Signal()  # an import is done; single posts send nothing
