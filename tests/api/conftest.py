import pytest


@pytest.fixture
def api(client):
    """GET under /api/v1/; gives the answer's status and JSON."""

    def get(path="", **options):
        response = client.get(f"/api/v1/{path}", **options)
        response.data_ = response.json() if not response.streaming and response.content and "json" in response["Content-Type"] else None
        return response

    return get
