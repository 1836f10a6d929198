"""Whom a reply speaks to: people named with @, and those whose replies it quotes."""

import re

from django.db.models.functions import Upper

from accounts.models import User
from forum.models import Reply, Thread

MENTION = re.compile(r"(?<![\w@./-])@([A-Za-z0-9][A-Za-z0-9_.-]{1,29})")
QUOTED = re.compile(r"\]\((?:https?://[^\s/()]+)?/replies/([1-9][0-9]{0,17})/\)")
CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
AT_MOST = 10


def addressed_in(body: str, thread: Thread) -> set[int]:
    """The keys of the members that a text in this question speaks to; ten at most.

    What somebody else wrote and is only quoted here mentions nobody.
    """
    lines = CODE.sub("", body).splitlines()
    own = "\n".join(line for line in lines if not line.lstrip().startswith(">"))
    quotations = "\n".join(line for line in lines if line.lstrip().startswith(">"))
    names = {
        form.upper()
        for name in MENTION.findall(own)[: 3 * AT_MOST]
        for form in (name, name.removesuffix("."), name.rstrip(".-_"))  # what stands at the end may be the sentence's
    }
    replies = [int(key) for key in QUOTED.findall(quotations)[: 3 * AT_MOST]]
    found: set[int] = set()
    if names:
        people = User.objects.alias(upper=Upper("username")).filter(upper__in=names, is_active=True)
        found |= set(people.exclude(kind=User.Kind.IMPORTED).values_list("pk", flat=True)[:AT_MOST])
    if replies:
        quoted = Reply.objects.filter(pk__in=replies, thread=thread).exclude(author=None)
        found |= set(quoted.values_list("author", flat=True))
    return set(sorted(found)[:AT_MOST])
