"""What goes to a terminal."""


def plain(text: str) -> str:
    """Take a stranger's words for one line: nothing in them moves the cursor or begins another line."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
