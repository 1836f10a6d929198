"""A vote in one call of the database: the row of its question is locked for one statement and the commit.

The rules are those of forum.policies.can_vote_helpful, looked at again of both rows after waiting for them.
"""

from django.db import migrations

VOTE = """
CREATE FUNCTION forum_vote(of_reply bigint, by_user bigint, a_day integer, OUT outcome text, OUT votes integer)
LANGUAGE plpgsql AS $$
DECLARE
    of_thread bigint;
BEGIN
    SELECT CASE
            WHEN r.author_id = by_user THEN 'own'
            WHEN t.status <> 'published' OR t.is_locked THEN 'closed'
            ELSE 'new'
        END, r.helpful_count, r.thread_id
    INTO outcome, votes, of_thread
    FROM forum_reply r JOIN forum_thread t ON t.id = r.thread_id JOIN forum_forum f ON f.id = t.forum_id
    WHERE r.id = of_reply AND r.status = 'published' AND t.status IN ('published', 'removed') AND f.is_open;
    IF outcome IS DISTINCT FROM 'new' THEN
        RETURN;  -- NULL where readers see no such reply
    END IF;

    INSERT INTO forum_helpfulvote (reply_id, user_id) VALUES (of_reply, by_user)
    ON CONFLICT (reply_id, user_id) DO NOTHING;
    IF NOT FOUND THEN
        outcome := 'known';
        RETURN;
    END IF;

    INSERT INTO accounts_activitylimit AS a (user_id, activity, day, count)
    VALUES (by_user, 'helpful_vote', current_date, 1)
    ON CONFLICT (user_id, activity) DO UPDATE
    SET count = CASE WHEN a.day = current_date THEN a.count + 1 ELSE 1 END, day = current_date
    WHERE a.day <> current_date OR a.count < a_day;
    IF FOUND THEN
        UPDATE forum_thread SET helpful_count = helpful_count + 1
        WHERE id = of_thread AND status = 'published' AND NOT is_locked;
        IF FOUND THEN
            UPDATE forum_reply SET helpful_count = helpful_count + 1
            WHERE id = of_reply AND thread_id = of_thread AND status = 'published'
            RETURNING helpful_count INTO votes;
            IF FOUND THEN
                -- The next voter waits for this commit, so it does not wait for the disk; the answer does.
                PERFORM set_config('synchronous_commit', 'off', true);
                RETURN;
            END IF;
        END IF;
        outcome := 'closed';
    ELSE
        outcome := 'limit';
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'BV001', MESSAGE = outcome;
EXCEPTION WHEN SQLSTATE 'BV001' THEN
    outcome := SQLERRM;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("forum", "0015_list_triggers"), ("accounts", "0006_members_by_day")]

    operations = [
        migrations.RunSQL(VOTE, "DROP FUNCTION forum_vote(bigint, bigint, integer)"),
    ]
