"""Several processes create and drop the same index or constraint."""

import threading

import pytest

from pipeline.errors import SchemaChangedError
from pipeline.queries import load_query
from tests.support.film_graph import query

CREATE = load_query("schema/user_embedding_index")
DROP = load_query("schema/drop_user_embedding_index")
FULL_TEXT = query("CREATE FULLTEXT INDEX taken FOR (n:User) ON EACH [n.name]")
ANOTHER = query("CREATE FULLTEXT INDEX another FOR (n:User) ON EACH [n.name]")


def test_one_that_others_create_and_drop_at_the_same_time_is_no_failure(graph):
    failures = []

    def work(dimension):
        try:
            for _ in range(8):
                graph.write_schema(CREATE, dimension=dimension)
                graph.write_schema(DROP)
        except Exception as error:  # raised in a thread, it would not end the test
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in (4, 8, 4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not failures


def test_one_that_cannot_be_created_says_why(graph):
    graph.write_schema(FULL_TEXT)
    with pytest.raises(
        SchemaChangedError, match=r"There already exists an index \(:User \{name\}\)"
    ):
        graph.write_schema(ANOTHER)
