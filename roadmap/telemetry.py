"""Faults to a Sentry, traces to a collector of OpenTelemetry: each by one variable, and by packages that are not there otherwise."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from django.conf import settings

from common import logs, request_ids

if TYPE_CHECKING:
    from django.http import HttpRequest

PACKAGES = {"SENTRY_DSN": "sentry_sdk", "OTEL_EXPORTER_OTLP_ENDPOINT": "opentelemetry.instrumentation.django"}
"""What each variable needs, by the name under which it is imported; docs/operator.md says how it is installed."""
ADDRESSES = ("http.url", "http.target", "url.full", "url.path", "url.query")


def is_missing(package: str) -> bool:
    try:
        return find_spec(package) is None
    except ModuleNotFoundError:
        return True


@cache
def report(part: str) -> None:
    """Begin to report from this process, which is ``part`` of the site; before Django is set up. Without the variables, nothing."""
    if settings.SENTRY_DSN and not is_missing(PACKAGES["SENTRY_DSN"]):
        _report_faults(part)
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT and not is_missing(PACKAGES["OTEL_EXPORTER_OTLP_ENDPOINT"]):
        _report_traces(part)


def _report_faults(part: str) -> None:
    import sentry_sdk  # noqa: PLC0415 - not there otherwise

    sentry_sdk.init(
        settings.SENTRY_DSN,
        release=settings.VERSION,
        environment=settings.ENVIRONMENT,
        before_send=cleaned,
        before_breadcrumb=cleaned,
        # Who asks and what they send is nobody's affair, and local variables hold all of it.
        send_default_pii=False,
        max_request_body_size="never",
        include_local_variables=False,
    )
    sentry_sdk.set_tag("part", part)


def cleaned(event: Any, _hint: object) -> Any:
    """What is sent of a fault: the name of the request that it belongs to, and nothing that would let in who reads it."""
    if isinstance(event, dict) and "event_id" in event and (name := request_ids.current()):
        event.setdefault("tags", {})["request_id"] = name
    return _without_secrets(event)


def _without_secrets(value: Any) -> Any:
    if isinstance(value, str):
        return logs.without_secrets(value)
    if isinstance(value, dict):
        return {name: _without_secrets(inner) for name, inner in value.items()}
    return [_without_secrets(inner) for inner in value] if isinstance(value, list) else value


def _report_traces(part: str) -> None:
    """The packages' own variables, such as ``OTEL_TRACES_SAMPLER``, hold as well."""
    from opentelemetry import trace  # noqa: PLC0415
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.instrumentation.celery import CeleryInstrumentor  # noqa: PLC0415
    from opentelemetry.instrumentation.django import DjangoInstrumentor  # noqa: PLC0415
    from opentelemetry.instrumentation.psycopg2 import Psycopg2Instrumentor  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create({"service.name": f"roadmap-{part}", "service.version": settings.VERSION}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument(request_hook=clean_address)
    CeleryInstrumentor().instrument()
    Psycopg2Instrumentor().instrument()


def clean_address(span: Any, _request: HttpRequest) -> None:
    """Nothing secret of an address leaves the site."""
    for name in ADDRESSES:
        if value := (span.attributes or {}).get(name):
            span.set_attribute(name, logs.without_secrets(str(value)))
