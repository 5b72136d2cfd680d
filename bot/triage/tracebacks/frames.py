"""Read where a frame stands: its file, function, and the module and package it belongs to."""

from __future__ import annotations

import re
from functools import cache

from bot.triage.tracebacks.failure import Frame
from bot.triage.tracebacks.tables import standard_rules

MAX_NAME = 200
"""Characters of a function's name or a module kept at most."""
MAX_FILE = 400
"""Characters of a path kept at most."""

_INSTALLED = re.compile(r"(?:site|dist)-packages/")
_STANDARD = re.compile(
    r"/lib/python3?(?:\.\d{1,2})?/|/python3?\.\d{1,2}/lib/|/Lib/(?!site-packages)|^<frozen "
)
_SOURCE_ENDS = (".py", ".pyx", ".pxi", ".pyi")
_WORD = re.compile(r"[A-Za-z_]\w{0,80}")
_SHARED = re.compile(
    r"(?:^|/)lib([\w+-]{1,80})\.(?:so|dylib)|(?:^|/)([\w+-]{1,80})\.(?:cpython[\w-]{0,40}\.so|abi3\.so|pyd|dll|so)"
)


def python_frame(file: str, line: str | None, function: str) -> Frame:
    """Make a frame of Python code; ``line`` is the number as printed."""
    path = file.strip()[:MAX_FILE].replace("\\", "/")
    module = _module(path)
    package = "python" if _is_standard(path) else module.partition(".")[0]
    return Frame(
        file=path,
        line=int(line) if line else None,
        function=_plain_function(function),
        module=module[:MAX_NAME],
        package=package[:MAX_NAME],
        is_plumbing=standard_rules().is_plumbing(module),
    )


def native_frame(symbol: str, file: str = "", line: str | None = None) -> Frame:
    """Make a frame of native code from its symbol, its source file or the library it is in."""
    function = _plain_symbol(symbol)
    path = file.strip()[:MAX_FILE].replace("\\", "/")
    package = _native_package(function, path)
    return Frame(
        file=path,
        line=int(line) if line else None,
        function=function,
        module=package,
        package=package.partition(".")[0],
        is_plumbing=standard_rules().is_plumbing_symbol(function),
    )


def _is_standard(path: str) -> bool:
    return bool(_STANDARD.search(path)) and not _INSTALLED.search(path)


def _module(path: str) -> str:
    """Give the dotted module of a file: below ``site-packages``, ``src`` or a package known by name."""
    if path.startswith("<"):
        return ""
    places = list(_INSTALLED.finditer(path))
    if places:
        return _dotted(path[places[-1].end() :])
    if _is_standard(path):
        return _dotted(path.rpartition("/")[2])
    parts = path.split("/")[:64]
    known = _roots()
    for at in range(1, len(parts) - 1):
        # In a checkout the package stands below "src" or a directory named after it: "vllm-0.10/vllm/…".
        if parts[at] in known and (parts[at - 1] == "src" or parts[at] in parts[at - 1].lower()):
            return _dotted("/".join(parts[at + (parts[at + 1] == parts[at]) :]))
    return ""


def _dotted(path: str) -> str:
    for end in _SOURCE_ENDS:
        path = path.removesuffix(end)
    path = path.removesuffix("/__init__")
    names = path.split("/")
    return ".".join(names) if all(_WORD.fullmatch(name) for name in names[:1]) else ""


@cache
def _roots() -> frozenset[str]:
    return frozenset(part.module.partition(".")[0] for part in standard_rules().parts)


def _plain_function(function: str) -> str:
    """Write ``Module._call_impl(self, *args)`` as ``_call_impl``: only notebooks print more than that."""
    name = function.strip().partition("(")[0]
    return (name.rpartition(".")[2] or name)[:MAX_NAME] or "<module>"


def _plain_symbol(symbol: str) -> str:
    """Cut a C++ symbol's arguments, template arguments and offset off."""
    name = symbol.strip()[:MAX_FILE]
    if name.startswith("<unknown"):
        return ""
    for mark in ("(", "<", " + 0x", "+0x", "@@"):
        name = name.partition(mark)[0] if not name.startswith(mark) else name
    return name.strip().rpartition(" ")[2][:MAX_NAME]


def _native_package(function: str, path: str) -> str:
    symbols = standard_rules().symbols
    namespace = function.partition("::")[0]
    if "::" in function and namespace in symbols:
        return symbols[namespace]
    if library := _SHARED.search(path):
        name = library.group(1) or library.group(2)
        for known in (name, name.partition("_")[0], name.partition("-")[0]):
            if known in symbols:
                return symbols[known]
    prefix = function.partition("_")[0]
    return symbols.get(f"{prefix}_", "")
