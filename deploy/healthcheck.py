"""The image's HEALTHCHECK: exit 0 when this container lives, 1 when not. No curl, no Django.

A web process answers its liveness probe; a worker, which has no web server, its METRICS_PORT.
"""

import os
import sys
import urllib.request


def url(env: "os._Environ[str] | dict[str, str]") -> str:
    """What is asked: the worker's port where there is one, else the web server's liveness."""
    if env.get("METRICS_PORT", "0") not in ("", "0"):
        return f"http://127.0.0.1:{env['METRICS_PORT']}/health"
    return f"http://127.0.0.1:{env.get('PORT') or '8000'}/api/health/liveness"


def main() -> int:
    hosts = [name.strip() for name in os.environ.get("ALLOWED_HOSTS", "").split(",") if name.strip() not in ("", "*")]
    host = hosts[0].lstrip(".") if hosts else "127.0.0.1"
    request = urllib.request.Request(url(os.environ), headers={"Host": host, "X-Forwarded-Proto": "https"})
    try:
        with urllib.request.urlopen(request, timeout=8) as response:
            return 0 if response.status == 200 else 1
    except OSError as problem:
        sys.stderr.write(f"not alive: {problem}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
