"""Any page of a thread in the same time: counts of its stretches, kept by the database.

A thread with places for 4 * SIZE replies gets segments with its next one, in two orders: time (all that has a place) and helpful (what is
published). The first of each order begins before every reply. A page and a position are found in one statement, so
what is counted and what is read are of one moment. Without segments they are found as well, by passing all that stands
before.

Actions hold the lock of the thread whenever its replies change. A statement that does not waits here, with all its
replies locked, for whoever else changes the segments. Only where a thread gets its first segments in that moment would
they need a `recount`.
"""

import django.db.models.deletion
from django.db import migrations, models

SIZE = 250  # a page passes twice as many replies at most; 100,000 replies have twice 400 segments at most

# The place before every reply; in the order of time no other rank is below 0.
FIRST = "-2147483647 AS rank, '0001-01-01 00:00:00+00'::timestamptz AS created_at, 0::bigint AS reply_id"

READING = f"""
CREATE FUNCTION forum_segment_size() RETURNS int LANGUAGE sql STABLE AS 'SELECT {SIZE}';

-- So many replies from a place on. Plans are made for an average thread and have to serve the longest: no sorting.
CREATE FUNCTION forum_replies_from(
    of_thread bigint, by text, from_rank int, from_time timestamptz, from_id bigint, at_most bigint
) RETURNS TABLE (rank int, created_at timestamptz, id bigint)
LANGUAGE plpgsql STABLE SET enable_sort = off SET enable_bitmapscan = off SET enable_seqscan = off AS $$
DECLARE
    taken bigint;
BEGIN
    IF by = 'time' THEN
        RETURN QUERY SELECT 0, r.created_at, r.id FROM forum_reply r
            WHERE r.thread_id = of_thread AND r.status <> 'held' AND (r.created_at, r.id) >= (from_time, from_id)
            ORDER BY r.created_at, r.id LIMIT at_most;
        RETURN;
    END IF;
    -- As helpful, then less helpful: the index cannot compare the three columns at once, as one of them descends.
    RETURN QUERY SELECT from_rank, r.created_at, r.id FROM forum_reply r
        WHERE r.thread_id = of_thread AND r.status = 'published' AND r.helpful_count = -from_rank
            AND (r.created_at, r.id) >= (from_time, from_id)
        ORDER BY r.created_at, r.id LIMIT at_most;
    GET DIAGNOSTICS taken = ROW_COUNT;
    RETURN QUERY SELECT -r.helpful_count, r.created_at, r.id FROM forum_reply r
        WHERE r.thread_id = of_thread AND r.status = 'published' AND r.helpful_count < -from_rank
        ORDER BY r.helpful_count DESC, r.created_at, r.id LIMIT at_most - taken;
END $$;

-- The segments of a thread, each with how many replies stand before it.
CREATE FUNCTION forum_segments(of_thread bigint, by text)
RETURNS TABLE (rank int, created_at timestamptz, reply_id bigint, replies int, before bigint) LANGUAGE sql STABLE AS $$
    SELECT s.rank, s.created_at, s.reply_id, s.replies,
        sum(s.replies) OVER (ORDER BY s.rank, s.created_at, s.reply_id ROWS UNBOUNDED PRECEDING) - s.replies
    FROM forum_segment s WHERE s.thread_id = of_thread AND s.sort = by;
$$;

-- The replies of a page, in no order. The newest come first in the order of time read from its end.
CREATE FUNCTION forum_page(of_thread bigint, by text, skip bigint, size bigint)
RETURNS SETOF bigint LANGUAGE plpgsql STABLE ROWS 20 AS $$
DECLARE
    sort text := CASE by WHEN 'helpful' THEN 'helpful' ELSE 'time' END;
    total bigint;
    start record;
BEGIN
    IF by = 'newest' THEN
        SELECT sum(s.replies) INTO total FROM forum_segment s WHERE s.thread_id = of_thread AND s.sort = 'time';
        IF total IS NULL THEN
            SELECT count(*) INTO total FROM forum_reply r WHERE r.thread_id = of_thread AND r.status <> 'held';
        END IF;
        size := greatest(least(size, total - skip), 0);
        skip := greatest(total - skip - size, 0);
    END IF;
    SELECT * INTO start FROM forum_segments(of_thread, sort) s
        WHERE s.before <= skip ORDER BY s.rank DESC, s.created_at DESC, s.reply_id DESC LIMIT 1;
    IF NOT FOUND THEN
        SELECT {FIRST}, 0::bigint AS before INTO start;
    END IF;
    skip := skip - start.before;
    RETURN QUERY SELECT f.id
        FROM forum_replies_from(of_thread, sort, start.rank, start.created_at, start.reply_id, skip + size) f
        OFFSET skip;
END $$;

-- How many replies of its thread stand before a reply in an order of segments.
CREATE FUNCTION forum_position(of_reply bigint, by text) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    place record;
    start record;
BEGIN
    SELECT r.thread_id, CASE by WHEN 'time' THEN 0 ELSE -r.helpful_count END AS rank, r.created_at, r.id INTO place
        FROM forum_reply r WHERE r.id = of_reply;
    SELECT * INTO start FROM forum_segments(place.thread_id, by) s
        WHERE (s.rank, s.created_at, s.reply_id) <= (place.rank, place.created_at, place.id)
        ORDER BY s.rank DESC, s.created_at DESC, s.reply_id DESC LIMIT 1;
    IF NOT FOUND THEN
        SELECT {FIRST}, NULL::int AS replies, 0::bigint AS before INTO start;
    END IF;
    RETURN start.before + (
        SELECT count(*) FROM forum_replies_from(
            place.thread_id, by, start.rank, start.created_at, start.reply_id, start.replies
        ) f WHERE (f.rank, f.created_at, f.id) < (place.rank, place.created_at, place.id)
    );
END $$;
"""

KEEPING = f"""
-- Joins small segments of an order with the one before, then divides the large ones.
CREATE FUNCTION forum_settle_segments(of_thread bigint, by text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    size int := forum_segment_size();
    wide int;
    kept forum_segment;
    next forum_segment;
BEGIN
    FOR next IN
        SELECT * FROM forum_segment s WHERE s.thread_id = of_thread AND s.sort = by
        ORDER BY s.rank, s.created_at, s.reply_id
    LOOP
        IF kept.replies + next.replies <= size THEN
            DELETE FROM forum_segment s WHERE s.id = next.id;
            UPDATE forum_segment s SET replies = s.replies + next.replies WHERE s.id = kept.id;
            kept.replies := kept.replies + next.replies;
        ELSE
            kept := next;
        END IF;
    END LOOP;
    FOR kept IN
        SELECT * FROM forum_segment s WHERE s.thread_id = of_thread AND s.sort = by AND s.replies > 2 * size
    LOOP
        wide := ceil(kept.replies / round(kept.replies::numeric / size));
        INSERT INTO forum_segment (thread_id, sort, rank, created_at, reply_id, replies)
            SELECT of_thread, by, f.rank, f.created_at, f.id, least(wide, kept.replies - f.n + 1)
            FROM forum_replies_from(of_thread, by, kept.rank, kept.created_at, kept.reply_id, kept.replies)
                WITH ORDINALITY AS f (rank, created_at, id, n)
            WHERE f.n > 1 AND (f.n - 1) % wide = 0;
        UPDATE forum_segment s SET replies = wide WHERE s.id = kept.id;
    END LOOP;
END $$;

-- Makes the segments of a thread from nothing, if it is long enough for them. The thread must be locked.
CREATE FUNCTION forum_make_segments(of_thread bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('forum.segments'), (of_thread % 2147483647)::int);
    DELETE FROM forum_segment s WHERE s.thread_id = of_thread;
    INSERT INTO forum_segment (thread_id, sort, rank, created_at, reply_id, replies)
        SELECT of_thread, o.sort, f.*, o.replies
        FROM (
            SELECT (SELECT count(*) FROM forum_reply r WHERE r.thread_id = of_thread AND r.status <> 'held') AS placed,
                (SELECT count(*) FROM forum_reply r WHERE r.thread_id = of_thread AND r.status = 'published') AS shown
        ) c, LATERAL (VALUES ('time', c.placed), ('helpful', c.shown)) o (sort, replies), (SELECT {FIRST}) f
        WHERE c.placed >= 4 * forum_segment_size();
    PERFORM forum_settle_segments(of_thread, 'time');
    PERFORM forum_settle_segments(of_thread, 'helpful');
END $$;

-- How many segments of a thread do not count what is in them; 1 where there are none, though it grew long ago.
CREATE FUNCTION forum_wrong_segments(of_thread bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM forum_thread t LEFT JOIN forum_segment s ON s.thread_id = t.id LEFT JOIN (
        SELECT h.id, count(*) AS replies FROM (
            SELECT 'time' AS sort, 0 AS rank, r.created_at, r.id FROM forum_reply r
            WHERE r.thread_id = of_thread AND r.status <> 'held'
            UNION ALL
            SELECT 'helpful', -r.helpful_count, r.created_at, r.id FROM forum_reply r
            WHERE r.thread_id = of_thread AND r.status = 'published'
        ) p CROSS JOIN LATERAL (
            SELECT g.id FROM forum_segment g WHERE g.thread_id = of_thread AND g.sort = p.sort
                AND (g.rank, g.created_at, g.reply_id) <= (p.rank, p.created_at, p.id)
            ORDER BY g.rank DESC, g.created_at DESC, g.reply_id DESC LIMIT 1
        ) h GROUP BY h.id
    ) c ON c.id = s.id
    WHERE t.id = of_thread AND CASE WHEN s.id IS NULL
        THEN 8 * forum_segment_size() <= (
            SELECT count(*) FROM forum_reply r WHERE r.thread_id = of_thread AND r.status <> 'held'
        ) ELSE s.replies <> coalesce(c.replies, 0) END;
$$;
"""


def places(table, step):
    """The places that the rows of a trigger's table have, or had."""
    return f"""
        SELECT thread_id, 'time' AS sort, 0 AS rank, created_at, id, {step} AS step FROM {table} WHERE status <> 'held'
        UNION ALL
        SELECT thread_id, 'helpful', -helpful_count, created_at, id, {step} FROM {table} WHERE status = 'published'"""


# Once a statement, as one may change a hundred thousand replies. One that changes no place does next to nothing.
MOVES = {
    "insert": ("NEW TABLE AS rows_now", places("rows_now", 1)),
    "delete": ("OLD TABLE AS rows_before", places("rows_before", -1)),
    "update": (
        "OLD TABLE AS rows_before NEW TABLE AS rows_now",
        f"""
        SELECT thread_id, sort, rank, created_at, id, sum(step) AS step
        FROM ({places("rows_before", -1)}
        UNION ALL {places("rows_now", 1)}) p
        GROUP BY thread_id, sort, rank, created_at, id HAVING sum(step) <> 0""",
    ),
}
TRIGGERS = "".join(
    f"""
CREATE FUNCTION forum_segments_after_{event}() RETURNS trigger LANGUAGE plpgsql
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
DECLARE
    enough int := 4 * forum_segment_size();
    touched bigint[];  -- threads of which places were taken or left
    changed bigint[];  -- so many that counting anew is less work
    growing bigint[];
    counted bigint[];  -- those that have segments
    which record;
BEGIN
    SELECT array_agg(t.id), coalesce(array_agg(t.id) FILTER (WHERE t.moves > enough), ARRAY[]::bigint[]),
        array_agg(t.id) FILTER (WHERE t.more > 0)
    INTO touched, changed, growing
    FROM (
        SELECT m.thread_id AS id, count(*) AS moves, sum(m.step) AS more FROM ({moves}) m GROUP BY m.thread_id
    ) t;
    IF touched IS NULL THEN
        RETURN NULL;
    END IF;
    counted := ARRAY(
        SELECT s.thread_id FROM forum_segment s WHERE s.thread_id = ANY(touched) AND s.sort = 'time' AND s.rank < 0
        ORDER BY s.thread_id
    );
    IF cardinality(counted) > 0 THEN
        PERFORM pg_advisory_xact_lock(hashtext('forum.segments'), (t.id % 2147483647)::int)
            FROM unnest(counted) AS t (id);
        FOR which IN
            WITH moves AS ({moves}
            ), steps AS (
                SELECT h.id, sum(m.step) AS step FROM moves m CROSS JOIN LATERAL (
                    SELECT s.id FROM forum_segment s WHERE s.thread_id = m.thread_id AND s.sort = m.sort
                        AND (s.rank, s.created_at, s.reply_id) <= (m.rank, m.created_at, m.id)
                    ORDER BY s.rank DESC, s.created_at DESC, s.reply_id DESC LIMIT 1
                ) h WHERE m.thread_id <> ALL(changed) GROUP BY h.id HAVING sum(m.step) <> 0
            ), counts AS (
                UPDATE forum_segment s SET replies = s.replies + p.step FROM steps p WHERE s.id = p.id
                RETURNING s.thread_id, s.sort, s.replies
            )
            SELECT DISTINCT thread_id, sort FROM counts WHERE replies > 2 * forum_segment_size()
        LOOP
            PERFORM forum_settle_segments(which.thread_id, which.sort);
        END LOOP;
    END IF;
    IF growing IS NOT NULL OR cardinality(changed) > 0 THEN
        FOR which IN
            SELECT t.id FROM forum_thread t WHERE t.id = ANY(growing || changed)
                AND (t.id = ANY(changed) OR t.place_count >= enough AND t.id <> ALL(counted))
            ORDER BY t.id
        LOOP
            PERFORM forum_make_segments(which.id);
        END LOOP;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER forum_segments_after_{event} AFTER {event} ON forum_reply REFERENCING {tables}
    FOR EACH STATEMENT EXECUTE FUNCTION forum_segments_after_{event}();
"""
    for event, (tables, moves) in MOVES.items()
)

# Room in each page of the table, so that counting stays within it and touches no index.
TABLE = """
ALTER TABLE forum_segment SET (fillfactor = 50);
-- With its thread goes also a segment that a trigger wrote meanwhile.
ALTER TABLE forum_segment ADD CONSTRAINT forum_segment_thread FOREIGN KEY (thread_id)
    REFERENCES forum_thread (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
"""

UNDO = """
DROP FUNCTION forum_segments_after_insert, forum_segments_after_delete, forum_segments_after_update CASCADE;
DROP FUNCTION forum_wrong_segments, forum_make_segments, forum_settle_segments,
    forum_position, forum_page, forum_segments, forum_replies_from, forum_segment_size;
"""


class Migration(migrations.Migration):
    dependencies = [("forum", "0011_votes_by_day")]

    operations = [
        migrations.CreateModel(
            name="Segment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "sort",
                    models.CharField(
                        help_text="helpful: published replies; time: these and the places of removed and hidden ones.",
                        max_length=7,
                    ),
                ),
                ("rank", models.IntegerField(help_text="Votes, as a negative number; 0 in the order of time.")),
                ("created_at", models.DateTimeField()),
                ("reply_id", models.BigIntegerField()),
                ("replies", models.PositiveIntegerField()),
                (
                    "thread",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="segments",
                        to="forum.thread",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("thread", "sort", "rank", "created_at", "reply_id"), name="segment_begins_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sort__in", ["helpful", "time"])), name="segment_sort_known"
                    ),
                ],
            },
        ),
        migrations.RunSQL(TABLE, migrations.RunSQL.noop),
        migrations.RunSQL(READING, migrations.RunSQL.noop),
        migrations.RunSQL(KEEPING, migrations.RunSQL.noop),
        migrations.RunSQL(TRIGGERS, UNDO),
    ]
