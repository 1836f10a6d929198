# The site in production shape. Build: docker build -t bedside .
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
# s3: with the packages for a bucket (MEDIA_STORAGE)
ARG REQUIREMENTS=production
WORKDIR /app
COPY requirements requirements
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/${REQUIREMENTS}.txt
COPY . .
# Values only for this step: collecting static files needs no database and no secret.
RUN SITE_URL=http://build SECRET_KEY=only-for-collecting-static-files-in-the-image-build \
    DATABASE_URL=postgresql://build MAIL_URL=folder:///tmp/mail BEDSIDE_HOME=/tmp/home STATIC_ROOT=/app/staticfiles \
    /venv/bin/python manage.py collectstatic --no-input --verbosity 0

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    BEDSIDE_HOME=/data STATIC_ROOT=/app/staticfiles
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin bedside \
    && mkdir /data && chown bedside /data
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen(r.Request('http://127.0.0.1:8000/healthz', headers={'Host': 'localhost'}), timeout=4)"]
CMD ["gunicorn", "--config", "config/gunicorn.py", "--bind", "0.0.0.0:8000", "config.wsgi"]
