from pathlib import Path

import pytest

from bot.datasets.anonymize.propose import propose_for
from bot.datasets.checklist.gathering import gather
from bot.datasets.header import is_plain_header
from bot.datasets.risk.tables import TableError
from tests.datasets.single import one_file

PEOPLE = "Wei Zhang,Springfield\nLi Na,Shelbyville\nAya Sato,Ogden\n"


def judged(table: str) -> bool:
    first, *rows = (line.split(",") for line in table.splitlines())
    return is_plain_header(
        first, [set(column) for column in zip(*rows, strict=True)] or [set() for _ in first]
    )


@pytest.mark.parametrize(
    "table",
    [
        "name,town\n" + PEOPLE,
        "Full Name,Place of Birth\n" + PEOPLE,
        "survivor_name,home\n" + PEOPLE,
        "who,when\nWei Zhang,1999-03-02\n",
        "who,2019,2020\nWei Zhang,1,2\n",
        "a,b\n" + PEOPLE,
        "who,how\n" + "\n".join(f"person {number},well" for number in range(25)),
        "who,what\n" + "\n".join(f"person {number},{'long words ' * 3}{number}" for number in range(25)),
    ],
)
def test_a_header_is_known_by_its_words_or_by_what_is_unlike_it(table: str) -> None:
    assert judged(table)


@pytest.mark.parametrize(
    "table",
    [
        PEOPLE,
        PEOPLE.splitlines()[0],
        "Wei Zhang,34\nLi Na,22\n",
        "Wei Zhang,unknown\nLi Na,22\n",
        "Rose Price,Will Street\nLi Na,Ogden\n",
        "wei_zhang,Springfield\nli_na,Ogden\n",
        "Wei Zhang,Springfield\n" + "\n".join(f"Li Na{number},Ogden {number}" for number in range(25)),
    ],
)
def test_a_row_of_values_is_never_plainly_a_header(table: str) -> None:
    assert not judged(table)


def test_of_a_small_table_of_names_alone_none_is_told(tmp_path: Path) -> None:
    found = one_file(tmp_path, "people.csv", PEOPLE)
    assert [one.name for one in found.columns] == ["column 1", "column 2"]
    evidence = gather(tmp_path)
    assert "Wei" not in repr(evidence)
    assert "it is not plain" in evidence.tables[0].problem
    with pytest.raises(TableError, match="it is not plain"):
        propose_for(tmp_path / "people.csv")


def test_who_names_the_columns_says_that_they_are_names(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("who,home\nLi Na,Shelbyville\nAya Sato,Ogden\n")
    assert gather(tmp_path).tables[0].problem
    assert gather(tmp_path, quasi=["home"]).tables[0].report
