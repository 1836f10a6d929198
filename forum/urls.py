from django.urls import path, re_path

from accounts.models import USERNAME_IN_ADDRESS
from forum.views import blocking, feeds, following, naming, opinions, reading, summaries, voting, writing

app_name = "forum"
USERNAME = rf"(?P<username>{USERNAME_IN_ADDRESS})"
urlpatterns = [
    path("", reading.home, name="home"),
    path("waiting/", reading.waiting, name="waiting"),
    path("feed.atom", feeds.site_feed, name="feed"),
    path("forums/<slug:slug>/", reading.forum, name="forum"),
    path("forums/<slug:slug>/follow/", following.forum_follow, name="forum_follow"),
    path("fields/", following.field_list, name="field_list"),
    path("fields/<slug:key>/follow/", following.field_follow, name="field_follow"),
    path("week/", summaries.week, name="week"),
    path("forums/<slug:slug>/feed.atom", feeds.forum_feed, name="forum_feed"),
    path("ask/", writing.ask, name="ask"),
    path("forums/<slug:slug>/ask/", writing.ask, name="forum_ask"),
    path("threads/<int:thread_id>/", reading.thread, name="thread_bare"),
    path("threads/<int:thread_id>/feed.atom", feeds.thread_feed, name="thread_feed"),
    path("threads/<int:thread_id>/reply/", writing.thread_reply, name="thread_reply"),
    path("threads/<int:thread_id>/edit/", writing.thread_edit, name="thread_edit"),
    path("threads/<int:thread_id>/delete/", writing.thread_delete, name="thread_delete"),
    path("threads/<int:thread_id>/history/", writing.thread_history, name="thread_history"),
    path("threads/<int:thread_id>/follow/", following.thread_follow, name="thread_follow"),
    path("threads/<int:thread_id>/no-answer/", summaries.thread_no_answer, name="thread_no_answer"),
    path("threads/<int:thread_id>/people/", naming.thread_people, name="thread_people"),
    path("threads/<int:thread_id>/newest/", reading.thread_newest, name="thread_newest"),
    path("threads/<int:thread_id>/professional/", reading.thread_professional, name="thread_professional"),
    path("threads/<int:thread_id>/<str:slug>/", reading.thread, name="thread"),
    path("replies/<int:reply_id>/", reading.reply, name="reply"),
    path("replies/<int:reply_id>/edit/", writing.reply_edit, name="reply_edit"),
    path("replies/<int:reply_id>/delete/", writing.reply_delete, name="reply_delete"),
    path("replies/<int:reply_id>/history/", writing.reply_history, name="reply_history"),
    path("replies/<int:reply_id>/helpful/", voting.reply_helpful, name="reply_helpful"),
    path("replies/<int:reply_id>/helpful/undo/", voting.reply_helpful_undo, name="reply_helpful_undo"),
    path("replies/<int:reply_id>/agree/", opinions.reply_agree, name="reply_agree"),
    path("replies/<int:reply_id>/caution/", opinions.reply_caution, name="reply_caution"),
    path("replies/<int:reply_id>/opinion/withdraw/", opinions.reply_opinion_withdraw, name="reply_opinion_withdraw"),
    path("drafts/", writing.draft, name="draft"),
    path("drafts/discard/", writing.draft_discard, name="draft_discard"),
    re_path(rf"^people/{USERNAME}/$", reading.person, name="person"),
    re_path(rf"^people/{USERNAME}/block/$", blocking.person_block, name="person_block"),
    re_path(rf"^people/{USERNAME}/unblock/$", blocking.person_unblock, name="person_unblock"),
]
