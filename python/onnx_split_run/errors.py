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


def describe_kind(value: object) -> str:
    """"an object of type list", of what is no value of the right kind."""
    return "None" if value is None else f"an object of type {type(value).__name__}"
