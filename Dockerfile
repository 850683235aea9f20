# One image for web, worker, beat and migrations. docs/operator.md says how to run it.

FROM python:3.11-slim-trixie AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
WORKDIR /app
# Before the sources: a change of ours then leaves this layer, the slow one, as it is.
# requirements-observe.txt also has what SENTRY_DSN and OTEL_EXPORTER_OTLP_ENDPOINT need.
ARG REQUIREMENTS=requirements.txt
COPY requirements.txt requirements-observe.txt ./
RUN pip install --require-hashes --only-binary=:all: --requirement ${REQUIREMENTS}
COPY . .
RUN python -m tools.messages
ENV STATIC_STORAGE=compressed STATIC_ROOT=/app/staticfiles
RUN python manage.py collectstatic --noinput
# The root file system is read-only where it runs, so bytecode is made here or never; pip made that of the packages.
RUN python -m compileall -q /app

FROM python:3.11-slim-trixie
ENV PATH=/venv/bin:/usr/lib/postgresql/17/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# Two heaps for all threads of a process: one for each would keep for itself what a page once needed, a tenth of the whole.
ENV MALLOC_ARENA_MAX=2
ENV STATIC_STORAGE=compressed STATIC_ROOT=/app/staticfiles VAR_DIR=/var/lib/roadmap BIND=0.0.0.0:8000
# What WeasyPrint draws the printed report with, letters for all three languages, and pg_dump of the version of the server: Debian 13 has it.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin roadmap
# New volumes take their owner from here.
RUN install --directory --mode=0750 --owner=10001 --group=10001 /var/lib/roadmap /var/lib/roadmap/files /var/lib/roadmap-backups
COPY --from=builder /venv /venv
COPY --from=builder /app /app
WORKDIR /app
# A number: what refuses root users can only tell by it.
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-m", "deploy.health", "answers", "/healthz"]
CMD ["gunicorn", "-c", "roadmap/gunicorn.py", "roadmap.wsgi"]
