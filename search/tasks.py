from django.tasks import task

from search import actions, similar


@task()
def refresh_documents() -> None:
    for _ in actions.refresh_stale():
        pass


@task()
def learn_words() -> None:
    actions.learn_words()


@task()
def find_similar() -> None:
    for _ in similar.find_similar():
        pass


@task()
def forget_searches() -> None:
    actions.forget_searches()
