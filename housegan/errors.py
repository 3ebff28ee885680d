"""What can go wrong in a way that the person can mend."""

import errno

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
NO_PERMISSION = {errno.EACCES, errno.EPERM, errno.EROFS}


class HouseganError(Exception):
    """One sentence that says what is wrong, where, and what to do. The command ends with exit code 1."""


class UnreadablePictureError(Exception):
    """A stranger's file that is no picture we take; the message is the reason, in a few words."""


def explain_os_error(error: OSError) -> str:
    """Turn an operating system's refusal into a sentence with what to do."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in NO_ROOM:
        return f"The disk is full{where}: make room and run the same command again, what was saved is kept."
    if error.errno in NO_PERMISSION:
        return f"No permission to write or read{where}: check who owns the folder, or work in another one."
    return f"The system refused{where}: {error.strerror or error}."


class WrongUsageError(HouseganError):
    """Options that don't go together, or one that is missing."""

    exit_code = 2


class StoppedError(HouseganError):
    """The person stopped a command; the message says what is kept and how to go on."""

    exit_code = 130
