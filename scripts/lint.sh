#!/bin/sh
# Every check that reads code instead of running tests. All of them run; the last lines say which failed.
set -u
cd "$(dirname "$0")/.."
bin=.venv/bin
failed=

check() {
    name=$1
    shift
    echo "--- $name"
    "$@" || failed="$failed
  $name"
}

# A site as it should be set up, so that the deployment checks have something to check. Nothing here is connected to.
production() {
    env -u SECRET_KEY_FILE -u DATABASE_URL_FILE -u REDIS_URL_FILE \
        SECRET_KEY="only-for-the-deployment-check-0123456789-abcdefghijklmnopqrstuvwxyz" \
        SITE_URL=https://portal.example.org ALLOWED_HOSTS=portal.example.org \
        CSRF_TRUSTED_ORIGINS=https://portal.example.org BEHIND_PROXY=1 \
        DATABASE_URL=postgres://portal@127.0.0.1:5432/portal REDIS_URL=redis://127.0.0.1:6379/0 \
        EMAIL_URL=smtp://127.0.0.1:25 DEBUG=0 DEMO=0 JUSTIN_CONTACT=portal@example.org \
        DATA_DIR="$PWD/var/lint" "$@"
}

alone() {
    env -u DATABASE_URL_FILE -u REDIS_URL_FILE DATABASE_URL= REDIS_URL= DATA_DIR="$PWD/var/lint" "$@"
}

check "ruff check" $bin/ruff check .
check "ruff format (make format repairs)" $bin/ruff format --check .
check "djlint" $bin/djlint templates --lint --quiet
check "mypy" alone $bin/mypy
check "import-linter" $bin/lint-imports
check "missing migrations" alone $bin/python manage.py makemigrations --check --dry-run
check "deployment checks" production $bin/python manage.py check --deploy --fail-level WARNING

if [ -n "$failed" ]; then
    printf '\nFailed:%s\n' "$failed"
    exit 1
fi
echo "Everything is in order."
