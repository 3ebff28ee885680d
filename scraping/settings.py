"""How Scrapy is set up: polite, and with everything off that isn't needed to fetch a page or a picture."""

import re
from typing import Any

from housegan import __version__
from housegan.config import ScrapeConfig
from housegan.errors import HouseganError

MAX_REDIRECTS = 3

_CONTACT = re.compile(r"[^\s@<>()]+@[^\s@<>()]+\.[^\s@<>()]+|https?://[^\s<>()]+")


def user_agent(contact: str | None) -> str:
    """How we introduce ourselves: what this is, and who lets it run."""
    if contact is None:
        return f"housegan/{__version__}"
    if not _CONTACT.fullmatch(contact) or not contact.isascii():
        raise HouseganError(
            f"scrape.contact {contact[:80]!r} is neither an e-mail address nor a web address: give one of yours, as in "
            "--set scrape.contact=me@example.org."
        )
    return f"housegan/{__version__} (+{contact})"


def crawl_settings(config: ScrapeConfig, *, contact: str | None) -> dict[str, Any]:
    """Scrapy's settings for one scrape."""
    return {
        "USER_AGENT": user_agent(contact),
        "LOG_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
        # Only http and https, certificates verified; nothing that the environment or a site could slip in.
        "DOWNLOAD_HANDLERS": {"data": None, "file": None, "ftp": None, "s3": None},
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "HTTPPROXY_ENABLED": False,  # behind a proxy nobody could say what is connected to
        "COOKIES_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "REFERER_ENABLED": False,
        "HTTPCACHE_ENABLED": False,
        "REDIRECT_MAX_TIMES": MAX_REDIRECTS,
        "DOWNLOADER_MIDDLEWARES": {
            "scraping.courtesy.Doorkeeper": 50,
            "scraping.courtesy.Robots": 100,
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,  # ours keeps few rules in memory
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
            "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
            "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,  # tries are counted in the frontier
        },
        # One request at a time a host, with a pause; AutoThrottle lengthens it where a host is slow.
        "CONCURRENT_REQUESTS_PER_DOMAIN": config.requests_a_host,
        "DOWNLOAD_DELAY": config.delay_s,
        "DOWNLOAD_DELAY_JITTER": 0,
        "AUTOTHROTTLE_ENABLED": config.delay_s > 0,
        "AUTOTHROTTLE_START_DELAY": config.delay_s,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": config.requests_a_host,
        "DOWNLOAD_TIMEOUT": config.download_limit_s,
        "DOWNLOAD_MAXSIZE": int(config.page_limit_mb * 1e6),
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
    }
