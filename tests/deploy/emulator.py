"""Runs the AWS emulator ministack on 127.0.0.1, and prints the port when it accepts connections.

Usage: python emulator.py PORT

Changes what the emulator does unlike AWS:

- Alarms on metric math are stored as alarms on their first metric. The emulator refuses `Metrics`.
- Templates of gateway responses may refer to `$context.authorizer.*`, also if the policy denies the request.
- `X-Forwarded-For` of a request to an API is ignored. API Gateway takes the source address from the connection.
"""

import contextvars
import os
import re
import sys

PORT = int(sys.argv[1])
os.environ["GATEWAY_PORT"] = str(PORT)
os.environ["BIND_HOST"] = "127.0.0.1"

from ministack import app as ministack  # noqa: E402
from ministack.services import apigateway_v1  # noqa: E402
from ministack.services.cloudformation import provisioners  # noqa: E402

store_alarm = provisioners._cw_metric_alarm_record


def store_alarm_on_metric_math(name, properties):
    metrics = properties.get("Metrics")
    if metrics:
        stat = next(metric["MetricStat"] for metric in metrics if "MetricStat" in metric)
        properties = {
            **{key: value for key, value in properties.items() if key != "Metrics"},
            **stat["Metric"],
            "Period": stat["Period"],
            "Statistic": stat["Stat"],
        }
    return store_alarm(name, properties)


provisioners._cw_metric_alarm_record = store_alarm_on_metric_math

authorizer_context = contextvars.ContextVar("authorizer_context", default={})
read_authorizer_context = apigateway_v1._stringify_context
answer_gateway_error = apigateway_v1._gateway_error_response


def read_and_keep_authorizer_context(context):
    values = read_authorizer_context(context)
    authorizer_context.set(values)
    return values


def answer_with_authorizer_context(error, request):
    status, headers, body = answer_gateway_error(error, request)
    values = authorizer_context.get()
    text = body.decode() if isinstance(body, bytes) else body
    return status, headers, re.sub(r"\$context\.authorizer\.(\w+)", lambda match: values.get(match[1], ""), text).encode()


apigateway_v1._stringify_context = read_and_keep_authorizer_context
apigateway_v1._gateway_error_response = answer_with_authorizer_context

serve = ministack.app


async def serve_without_forwarded_address(scope, receive, send):
    if scope["type"] == "http" and scope["path"].startswith("/_aws/execute-api/"):
        headers = [pair for pair in scope["headers"] if pair[0].lower() != b"x-forwarded-for"]
        scope = {**scope, "headers": headers}
    await serve(scope, receive, send)


ministack.app = serve_without_forwarded_address
sys.argv = [sys.argv[0]]
ministack.main()
