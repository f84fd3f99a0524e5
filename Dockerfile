# The dependencies, exactly as locked. Wheels alone: nothing is compiled, and no package runs code while it is installed.
FROM python:3.12-slim AS builder
COPY requirements.lock /tmp/requirements.lock
RUN python -m venv /opt/venv \
    && /opt/venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: -r /tmp/requirements.lock

# The image itself: the dependencies and the application, run by a user without a name and without rights.
FROM python:3.12-slim
# Fonts for names and prompts on contact sheets, title cards and captions, Chinese, Japanese, Korean, Hindi and Thai among
# them, and what Pillow needs to join letters and to place their marks.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fonts-dejavu-core fonts-droid-fallback fonts-freefont-ttf libfribidi0 \
    && rm -rf /var/lib/apt/lists/*
RUN install --directory --owner 10001 --group 10001 --mode 0700 /data
COPY --from=builder /opt/venv /opt/venv
WORKDIR /app
COPY bot ./bot
COPY cogs ./cogs
ENV PATH=/opt/venv/bin:$PATH \
    DATA_DIR=/data \
    HTTP_HOST=0.0.0.0 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
# An empty ProxyHandler, so that a proxy set for the container is not asked for the container's own health.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://127.0.0.1:' + (os.environ.get('HTTP_PORT') or '8080') + '/healthz', timeout=4)"]
CMD ["python", "-m", "bot"]
