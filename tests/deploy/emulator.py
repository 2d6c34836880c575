"""Runs the AWS emulator ministack on 127.0.0.1, and prints the port when it accepts connections.

Usage: python emulator.py PORT

Changes two things that the emulator does unlike AWS:

- Alarms on metric math are stored as alarms on their first metric. The emulator refuses `Metrics`.
- `X-Forwarded-For` of a request to an API is ignored. API Gateway takes the source address from the connection.
"""

import os
import sys

PORT = int(sys.argv[1])
os.environ["GATEWAY_PORT"] = str(PORT)
os.environ["BIND_HOST"] = "127.0.0.1"

from ministack import app as ministack  # noqa: E402
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

serve = ministack.app


async def serve_without_forwarded_address(scope, receive, send):
    if scope["type"] == "http" and scope["path"].startswith("/_aws/execute-api/"):
        headers = [pair for pair in scope["headers"] if pair[0].lower() != b"x-forwarded-for"]
        scope = {**scope, "headers": headers}
    await serve(scope, receive, send)


ministack.app = serve_without_forwarded_address
sys.argv = [sys.argv[0]]
ministack.main()
