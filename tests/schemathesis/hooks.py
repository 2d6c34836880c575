"""Extensions of Schemathesis for this service."""

import os

import requests
import schemathesis


@schemathesis.auth(refresh_interval=None)
class Login:
    """Logs in for each request, because some requests end sessions."""

    def get(self, case, context):
        names = ("username", "password")
        credentials = {name: os.environ[f"LATCHKEY_{name.upper()}"] for name in names}
        response = requests.post(os.environ["LATCHKEY_URL"] + "/api/token/", json=credentials, timeout=120)
        response.raise_for_status()
        return response.json()["token"]

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"JWT {data}"


@schemathesis.deserializer("text/json-comment-filtered")
def posts(context, response):
    """Reads the list of posts. Its content type is that of the original service."""
    return response.json()
