"""What DuckDB is asked: ``data`` is the file, ``counts`` each value of a sensitive attribute in each class.

``{keys}`` are the quasi-identifiers, named as :class:`bot.datasets.risk.tables.Table` names columns.
"""


def _joined(*parts: str) -> str:
    return " ".join(parts)


SIZES = """
SELECT n, count(*) FROM (SELECT count(*) AS n FROM data GROUP BY {keys}) GROUP BY n ORDER BY n
"""

COUNT = """
CREATE TEMP TABLE counts AS SELECT {keys}, {value} AS value, count(*) AS m FROM data GROUP BY ALL
"""

ARE_NUMBERS = """
SELECT coalesce(count(*) = count(number) AND NOT bool_or(isnan(number)), false)
FROM (SELECT DISTINCT TRY_CAST(value AS DOUBLE) AS number FROM counts)
"""

COUNT_NUMBERS = """
CREATE TEMP TABLE numbers AS
SELECT {keys}, value::DOUBLE AS value, sum(m)::BIGINT AS m FROM counts GROUP BY ALL
"""
"""``1`` and ``1.0`` are one number, though two texts."""

TELL = """
CREATE TEMP TABLE told AS
SELECT n, l, CASE WHEN l = 1 THEN value END AS value, count(*) AS classes, max(top / n) AS share
FROM (
  SELECT sum(m)::BIGINT AS n, count(*) AS l, max(m) AS top, any_value(value) AS value
  FROM counts GROUP BY {keys}
)
GROUP BY ALL
"""
"""How many classes there are of each size and number of values; of one value, also which it is."""

SIZES_TOLD = "SELECT n, sum(classes)::BIGINT FROM told GROUP BY n ORDER BY n"

DIVERSITY = "SELECT min(l), max(share), coalesce(bool_or(l > 1), false) FROM told"

_MIXED = """
whole AS (SELECT value, sum(m)::BIGINT AS p FROM counts GROUP BY value),
mixed AS (SELECT {keys}, sum(m) AS n FROM counts GROUP BY {keys} HAVING count(*) > 1),
each AS (SELECT counts.*, n FROM counts JOIN mixed ON {same})
"""
"""Classes of more than one value; of the others there may be as many as rows, and their distance is known."""

EQUAL_DISTANCE_OF_ONE = """
WITH whole AS (SELECT value, sum(m)::BIGINT AS p FROM counts GROUP BY value)
SELECT max(1 - p / (SELECT sum(p) FROM whole))
FROM told JOIN whole ON told.value IS NOT DISTINCT FROM whole.value WHERE l = 1
"""
"""The distance of classes with one value, all values as far as each other."""

EQUAL_DISTANCE = _joined(
    "WITH",
    _MIXED,
    """, rows AS (SELECT sum(p) AS rows FROM whole)
SELECT max(distance) FROM (
  SELECT sum(greatest(m::HUGEINT * rows - p::HUGEINT * n, 0)) / (any_value(n)::DOUBLE * any_value(rows))
    AS distance
  FROM each JOIN whole ON each.value IS NOT DISTINCT FROM whole.value, rows GROUP BY {keys}
)
""",
)
"""The distance of a class from the whole, all values as far as each other: half of the sum over all values of
``|q - p|``, which is the sum of what is more in the class than in the whole."""

_RANKS = """
ranked AS (
  SELECT value, row_number() OVER (ORDER BY value) AS place,
    sum(p) OVER (ORDER BY value)::BIGINT AS reached
  FROM whole
),
ranks AS (SELECT *, sum(reached) OVER (ORDER BY place)::HUGEINT AS area FROM ranked),
ends AS (SELECT count(*) AS places, max(reached) AS rows, max(area) AS area FROM ranks)
"""

ORDERED_DISTANCE_OF_ONE = _joined(
    "WITH whole AS (SELECT value, sum(m)::BIGINT AS p FROM counts GROUP BY value),",
    _RANKS,
    """
SELECT max(
  (ranks.area - reached + rows::HUGEINT * (places - place + 1) - (ends.area - ranks.area + reached))::DOUBLE
    / (rows::DOUBLE * nullif(places - 1, 0))
)
FROM told JOIN ranks USING (value), ends WHERE l = 1
""",
)
"""The distance of classes with one value: what the whole reaches before it, and misses from it on."""

ORDERED_DISTANCE = _joined(
    "WITH",
    _MIXED,
    ",",
    _RANKS,
    """,
stretches AS (
  -- from one value of a class to the next its share reached stays the same
  SELECT {keys}, place, ranks.area - ranks.reached AS before, sum(m) OVER class_so_far AS q, n, rows, places,
    lead(place, 1, places + 1) OVER class_so_far AS next_place,
    lead(ranks.area - ranks.reached, 1, ends.area) OVER class_so_far AS after,
    lag(place) OVER class_so_far IS NULL AS is_first
  FROM each JOIN ranks USING (value), ends WINDOW class_so_far AS (PARTITION BY {keys} ORDER BY place)
),
crossed AS (
  -- the last place where the whole has reached no more than the class
  SELECT stretches.*, coalesce(ranks.place, 0) AS crossing, coalesce(ranks.area, 0) AS area
  FROM stretches ASOF LEFT JOIN ranks ON (q::HUGEINT * rows // n)::BIGINT >= ranks.reached
),
bounded AS (
  SELECT *, least(greatest(crossing, place - 1), next_place - 1) AS c,
    CASE WHEN crossing < place THEN before WHEN crossing >= next_place THEN after ELSE area END AS area_c
  FROM crossed
)
SELECT max(distance) FROM (
  SELECT sum(
      q::HUGEINT * rows * (2 * c - place - next_place + 2) + n::HUGEINT * (after - 2 * area_c + before)
      + CASE WHEN is_first THEN n::HUGEINT * before ELSE 0 END
    )::DOUBLE / (any_value(n)::DOUBLE * any_value(rows) * nullif(any_value(places) - 1, 0)) AS distance
  FROM bounded GROUP BY {keys}
)
""",
)
"""The earth mover's distance of a class from the whole over the ranks of values: the sum over all ranks of
the difference of the shares reached, ``|Q - P|``, over the number of ranks less one.

``Q`` is the same between two values of a class, so each such stretch is summed at once, on both sides of
where ``P`` crosses ``Q``: the work grows with the rows, not with classes times values. All sums are of whole
numbers, so nothing is rounded before the end.
"""

CLASSES = """
CREATE TEMP TABLE classes AS SELECT {columns}, count(*) AS n FROM data GROUP BY ALL
"""

ROWS_OF_CLASSES = "SELECT coalesce(sum(n), 0)::BIGINT FROM classes"

GENERALISED = """
SELECT coalesce(min(n), 0)::BIGINT, coalesce(sum(n) FILTER (n = 1), 0)::BIGINT,
  coalesce(sum(n) FILTER (n < {aim}), 0)::BIGINT, coalesce(sum(n * log2(n)) / sum(n), 0)
FROM (SELECT sum(n) AS n FROM classes GROUP BY {keys})
"""

ENTROPY = """
SELECT -sum(share * log2(share)) FROM (
  SELECT sum(n) / (SELECT sum(n) FROM classes) AS share FROM classes GROUP BY {expression}
)
"""
"""Bits that tell one row's value from others' (Shannon)."""

SHAPE = r"""
SELECT count(*), count_if(is_day), count_if(number IS NOT NULL), count_if(is_whole), count_if(is_code),
  coalesce(min(length({name})), 0), coalesce(max(length({name})), 0), min(number), max(number)
FROM (
  SELECT {name}, regexp_full_match({name}, '{day}') AS is_day,
    CASE WHEN regexp_full_match({name}, '{number}') THEN TRY_CAST({name} AS DOUBLE) END AS number,
    regexp_full_match({name}, '[+-]?[0-9]{{1,15}}') AS is_whole,
    regexp_full_match({name}, '[0-9A-Z]{{4,10}}') AND regexp_matches({name}, '[0-9]') AS is_code
  FROM (SELECT DISTINCT {name} FROM classes WHERE {name} IS NOT NULL AND {name} <> '')
)
"""

SHARED = """
SELECT count(*) FROM (
  SELECT {name}::VARCHAR FROM {view} WHERE {name}::VARCHAR <> '' INTERSECT
  SELECT {other_name}::VARCHAR FROM {other} WHERE {other_name}::VARCHAR <> ''
)
"""
"""Values two columns have in common, each counted once."""

DIFFERENT = """
SELECT count(DISTINCT {name}::VARCHAR) FROM {view} WHERE {name}::VARCHAR <> ''
"""

ATTRIBUTES = "SELECT {shapes} FROM {view}"

ATTRIBUTE = """
count(nullif({name}::VARCHAR, '')), approx_count_distinct({name}), coalesce(avg(length({name}::VARCHAR)), 0),
coalesce(avg(length({name}::VARCHAR) - length(replace({name}::VARCHAR, ' ', ''))), 0),
coalesce(count_if(contains({name}::VARCHAR, '.') AND TRY_CAST({name}::VARCHAR AS DOUBLE) IS NOT NULL
  OR TRY_CAST({name}::VARCHAR AS TIMESTAMP) IS NOT NULL) >= 0.9 * count(nullif({name}::VARCHAR, '')), false),
coalesce(avg((length({name}::VARCHAR) IN (32, 36, 40, 64)
  AND regexp_full_match({name}::VARCHAR, '[0-9A-Fa-f-]+'))::INT) FILTER ({name}::VARCHAR <> ''), 0)
"""
"""What one column looks like; at the end the share of cells that are as long as an MD5, a UUID, a SHA-1 or a
SHA-256 in hexadecimal digits (RFC 1321, RFC 9562, FIPS 180-4), and made of nothing else."""
