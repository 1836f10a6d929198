import pytest
from django.tasks import default_task_backend

from forum.models import Forum, ForumModerator
from moderation.models import Case
from tests.conftest import make_user


@pytest.fixture
def second_moderator(db):
    return make_user("moderator2", is_staff=True)


@pytest.fixture
def other_forums_moderator(forum, db):
    """Looks after another forum only."""
    other = Forum.objects.create(category=forum.category, name="Rashes", slug="rashes")
    user = make_user("elsewhere", is_staff=True)
    ForumModerator.objects.create(user=user, forum=other)
    return user


@pytest.fixture
def only_case():
    def only_case() -> Case:
        return Case.objects.with_subjects().get()

    return only_case


@pytest.fixture(autouse=True)
def tasks_run():
    """The names of the tasks that were enqueued, in order."""
    default_task_backend.clear()
    return lambda: [result.task.name.rpartition(".")[2] for result in default_task_backend.results]
