"""HTML pages of the simulated justIN: its error page, its login page and Apache's own error pages."""

from html import escape

from monitoring.simulator.clock import time_text

_MENU = (
    ("Dashboard", ""), ("Workflows", "?method=list-workflows"), ("Jobs", "?method=list-jobs"),
    ("AWT", "?method=awt-results"), ("Sites", "?method=list-sites"), ("Storages", "?method=list-storages"),
)  # fmt: skip


def _page(title: str, heading: str, text: str, now: int, login: str = "") -> str:
    menu = "\n".join(f'<a href="/dashboard/{target}">{name}</a> &nbsp;' for name, target in _MENU)
    return (
        f"<html><head><title>{title}</title></head>\n<body>\n"
        f'<div id="top_strip">\n<a href="/dashboard/">justIN (simulated)</a> &nbsp;\n{menu}\n{login}</div>\n'
        f'<div id="main_box">\n<h1>{heading}</h1>\n<p>{text}</p></div>'
        f'<div id="bottomstrip">justIN time: {time_text(now)} UTC &nbsp; justIN version: simulated</div>\n'
        "</body></html>"
    )


def error_page(text: str, query: str, now: int) -> str:
    """justIN's error page, which it sends with status 200."""
    login = f'<a href="/dashboard/?{escape(query)}&amp;login">Login</a>'
    return _page("Error", "Error", escape(text), now, login)


def login_page(now: int) -> str:
    """Where links to pages for people end: this justIN is not real, so nobody can log in."""
    return _page(
        "Login", "simulated justIN: login page",
        "The real justIN asks for a login here and then shows the page asked for. "
        "This one is simulated for the demonstration, so there is nothing behind it.", now,
    )  # fmt: skip


def apache_page(status: str, heading: str, text: str) -> str:
    """Apache's own error page."""
    return (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">\n'
        f"<html><head>\n<title>{status}</title>\n</head><body>\n<h1>{heading}</h1>\n<p>{text}</p>\n</body></html>\n"
    )
