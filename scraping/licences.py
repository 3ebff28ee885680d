"""Names and addresses of the open licences, as their makers write them."""

_CREATIVE_COMMONS = "https://creativecommons.org"
_NAMES = {
    "by": "CC BY",
    "by-sa": "CC BY-SA",
    "by-nc": "CC BY-NC",
    "by-nc-sa": "CC BY-NC-SA",
    "by-nd": "CC BY-ND",
    "by-nc-nd": "CC BY-NC-ND",
    "cc0": "CC0",
    "pdm": "Public Domain Mark",
}
_PUBLIC_DOMAIN = {"cc0": "publicdomain/zero", "pdm": "publicdomain/mark"}


def licence_name(code: str, version: str) -> str:
    """`by-sa`, `4.0` → `CC BY-SA 4.0`; a code we don't know is kept as it is."""
    return f"{_NAMES.get(code, code)} {version}".strip()


def licence_address(code: str, version: str) -> str:
    """Where a licence can be read; empty for a code we don't know, or without a version."""
    if code not in _NAMES or not version:
        return ""
    return f"{_CREATIVE_COMMONS}/{_PUBLIC_DOMAIN.get(code, f'licenses/{code}')}/{version}/"
