"""A browser without scripts, as far as a launch needs one: redirects, and cookies by their path."""

import re
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urljoin, urlsplit

import requests

MOST_REDIRECTS = 20
_PARTITIONED = re.compile("; partitioned", re.IGNORECASE)  # Python knows it from 3.14 on


@dataclass
class Visitor:
    """Somebody's browser; `went` are the addresses it was sent to, the last one first asked last.

    It takes Secure cookies from 127.0.0.1, as browsers do, and heeds nothing else of them but their
    origin and path.
    """

    cookies: dict[tuple[str, str, str], str] = field(default_factory=dict)
    went: list[str] = field(default_factory=list)

    def get(self, url: str, follow: bool = True, **more: object) -> requests.Response:
        """Go there."""
        return self._go("GET", url, follow, **more)

    def post(self, url: str, form: dict[str, str], follow: bool = True) -> requests.Response:
        """Send a form, from a page of the same site."""
        origin = _origin(url)
        headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
        return self._go("POST", url, follow, data=form, headers=headers)

    @staticmethod
    def next_of(answer: requests.Response) -> str:
        """Where a redirect leads."""
        return urljoin(answer.url, answer.headers["Location"])

    def cookies_of(self, url: str) -> dict[str, str]:
        """The cookies that go to this address."""
        path = urlsplit(url).path or "/"
        return {
            name: value
            for (origin, where, name), value in self.cookies.items()
            if origin == _origin(url)
            and (path == where or path.startswith(f"{where.rstrip('/')}/"))
        }

    def _go(self, method: str, url: str, follow: bool, **more: object) -> requests.Response:
        for _ in range(MOST_REDIRECTS):
            self.went.append(url)
            answer = self._once(method, url, **more)
            if not (follow and answer.is_redirect):
                return answer
            url = self.next_of(answer)
            method, more = "GET", {}
        raise AssertionError("the redirects do not end")

    def _once(self, method: str, url: str, **more: object) -> requests.Response:
        headers = {
            **more.pop("headers", {}),
            "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies_of(url).items()),
        }
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(
                method, url, headers=headers, allow_redirects=False, timeout=60, **more
            )
        self._take(url, answer)
        return answer

    def _take(self, url: str, answer: requests.Response) -> None:
        for line in answer.raw.headers.getlist("Set-Cookie"):
            for name, found in SimpleCookie(_PARTITIONED.sub("", line)).items():
                key = (_origin(url), found["path"] or "/", name)
                if found["max-age"] == "0" or not found.value:
                    self.cookies.pop(key, None)
                else:
                    self.cookies[key] = found.value


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
