from django.tasks import task

from resources import actions


@task()
def count_reads() -> None:
    actions.count_reads()
