from forum.models.drafts import Draft
from forum.models.forums import Category, Forum
from forum.models.posts import Byline, Post
from forum.models.rearrangements import Rearrangement
from forum.models.replies import HelpfulVote, PeerOpinion, Reply
from forum.models.revisions import Revision
from forum.models.threads import Thread, ThreadSource

__all__ = [
    "Byline",
    "Category",
    "Draft",
    "Forum",
    "HelpfulVote",
    "PeerOpinion",
    "Post",
    "Rearrangement",
    "Reply",
    "Revision",
    "Thread",
    "ThreadSource",
]
