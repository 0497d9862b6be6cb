"""What a user is told when something is wrong."""


class RunError(Exception):
    """A failure with one message for the user, who gets no traceback."""


def describe(error: BaseException) -> str:
    """The message of an exception in one line; its kind where it has none.

    Libraries wrap their messages; lines that follow the first rarely add anything
    but the state of their own code.
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:3]) or type(error).__name__
