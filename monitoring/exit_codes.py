"""What jobscript exit codes mean, where that is known: shell conventions, sysexits.h, art and signals.

A jobscript may give any code a meaning of its own, so these are what a code usually says, no more. justIN keeps codes
from -128 to 127 (the justIN contract, section 3); codes above 127, i.e. ends by a signal, are mostly lost (section 5).
"""

import signal

SHELL = {
    1: "general error",
    2: "wrong use of a shell command",
    124: "time limit of the timeout command reached",
    126: "command found but not executable",
    127: "command not found",
}
SYSEXITS = {
    64: "command used wrongly (EX_USAGE)",
    65: "data error (EX_DATAERR); art: an exception was thrown",
    66: "no input (EX_NOINPUT)",
    67: "unknown user (EX_NOUSER)",
    68: "unknown host (EX_NOHOST)",
    69: "service unavailable (EX_UNAVAILABLE)",
    70: "internal software error (EX_SOFTWARE)",
    71: "system error (EX_OSERR)",
    72: "system file missing (EX_OSFILE)",
    73: "output could not be created (EX_CANTCREAT)",
    74: "input or output error (EX_IOERR)",
    75: "temporary failure (EX_TEMPFAIL)",
    76: "protocol error (EX_PROTOCOL)",
    77: "permission denied (EX_NOPERM)",
    78: "configuration error (EX_CONFIG)",
}
MEANINGS: dict[int, str] = {0: "success"} | SHELL | SYSEXITS


def meaning(code: int | None) -> str:
    """What the code usually means, in a few words; '' where that is not known. Negative codes are ends by a signal."""
    if code is None:
        return ""
    if code < 0:
        try:
            return f"ended by signal {-code} ({signal.Signals(-code).name})"
        except ValueError:
            return f"ended by signal {-code}"
    return MEANINGS.get(code, "")
