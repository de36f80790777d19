"""How many questions a page asks the database."""

from django.db import connection
from django.test.utils import CaptureQueriesContext


def questions(client, address: str, **query) -> int:
    """The number of queries of one GET, which must succeed; the session is warm."""
    client.get(address, query)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address, query)
    assert answer.status_code == 200, answer.status_code
    return len(asked)
