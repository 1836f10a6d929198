from forum.models.drafts import Draft
from forum.models.forums import Category, Forum, ForumModerator
from forum.models.posts import Byline, HeldFor, Level, Post
from forum.models.rearrangements import Rearrangement
from forum.models.replies import HelpfulVote, PeerOpinion, Reply
from forum.models.revisions import Revision
from forum.models.screening import ScreeningRule
from forum.models.segments import Segment
from forum.models.threads import Thread, ThreadSource

__all__ = [
    "Byline",
    "Category",
    "Draft",
    "Forum",
    "ForumModerator",
    "HeldFor",
    "HelpfulVote",
    "Level",
    "PeerOpinion",
    "Post",
    "Rearrangement",
    "Reply",
    "Revision",
    "ScreeningRule",
    "Segment",
    "Thread",
    "ThreadSource",
]
