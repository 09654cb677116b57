"""A text in TOML whose errors name the file, the line and the key."""

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class ConfigError(Exception):
    """The configuration cannot be used; the message names file, line and key."""


class TomlText:
    """A TOML text, and the lines of its keys."""

    def __init__(self, path: Path | None, text: str) -> None:
        self.path = path
        self._text = text
        try:
            self.values: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{path}: {error}") from None

    def convert(self, value: object, into: type[T], at: tuple[str, ...]) -> T:
        """The value as a type; ConfigError with file, line and key when it is not of it."""
        try:
            return msgspec.convert(value, into)
        except msgspec.ValidationError as error:
            raise self.error(_key(str(error), at), _reason(str(error))) from None

    def error(self, key: tuple[str, ...], reason: str) -> ConfigError:
        """An error about a key."""
        line = self._line(key)
        where = f"{self.path}, line {line}: " if line else f"{self.path}: " if self.path else ""
        return ConfigError(f"{where}{'.'.join(key)}: {reason}")

    def _line(self, key: tuple[str, ...]) -> int | None:
        """The line of a key, or of the nearest table around it."""
        table: tuple[str, ...] = ()
        best: tuple[int, int] | None = None
        for number, line in enumerate(self._text.splitlines(), start=1):
            if header := re.match(r"\s*\[\[?([^\[\]]+)\]", line):
                table = _dotted(header[1])
                found = table
            elif "=" in line and re.fullmatch(r"[\w\"'.\s-]+", assigned := line.partition("=")[0]):
                found = table + _dotted(assigned)
            else:
                continue
            if key[: len(found)] == found and (best is None or len(found) > best[0]):
                best = (len(found), number)
        return best[1] if best else None


def _dotted(text: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in text.split("."))


def _key(message: str, at: tuple[str, ...]) -> tuple[str, ...]:
    """The key that a message of msgspec is about: "… `name` - at `$.a.b`"."""
    path = re.search(r" - at `\$\.?([^`]*)`", message)
    inside = tuple(re.sub(r"\[[^\[\]]*\]", "", path[1]).split(".")) if path and path[1] else ()
    named = re.search(r"unknown field `([^`]+)`|^([a-z_.]+): ", message)
    return at + inside + (tuple((named[1] or named[2]).split(".")) if named else ())


def _reason(message: str) -> str:
    if "unknown field" in message:
        return "there is no such key"
    return re.sub(r"^[a-z_.]+: | - at `.*`", "", message)
