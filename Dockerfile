# The portal's image: one for web, worker and beat. Runs as a user without rights; keeps its files in /data.
FROM python:3.11-slim-bookworm AS packages
COPY requirements/base.txt /tmp/base.txt
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement /tmp/base.txt

FROM python:3.11-slim-bookworm
# what the PDFs of logs are made with, and a font for all PDFs, with letters beyond the western ones
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends \
        fonts-dejavu-core libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin portal \
    && install --directory --owner portal --group portal /data
COPY --from=packages /venv /venv
COPY . /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data STATIC_ROOT=/app/staticfiles \
    XDG_CACHE_HOME=/tmp/cache
# the key is needed to start, not to collect files; it goes no further than this line
RUN SECRET_KEY=collecting-static-files DATA_DIR=/tmp/collecting python manage.py collectstatic --noinput \
    && rm -rf /tmp/collecting
USER portal
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "portal.wsgi", "--worker-class", "gthread", "--workers", "2", "--threads", "8", \
     "--bind", "0.0.0.0:8000", "--worker-tmp-dir", "/dev/shm", "--access-logfile", "-", "--no-control-socket"]
