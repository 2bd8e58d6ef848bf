"""
The one place where the report's HTML and SVG come into being.

Everything else in the report builds `Element` values out of plain strings; only
`serialize` writes `<`. So no text, whoever wrote it, can become markup.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Union

AttributeValue = str | int | float | bool | None
Child = Union["Element", str, None]

_NO_END_TAG = frozenset({"meta", "br"})
_SELF_CLOSING = frozenset({"circle", "line", "path", "rect"})
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})  # Unicode categories that show nothing


@dataclass(frozen=True, slots=True)
class Element:
    """One element; its children are elements or plain, unescaped text."""

    tag: str
    attributes: tuple[tuple[str, str], ...]
    children: tuple[Child, ...]


def make(tag: str, *children: Child, **attributes: AttributeValue) -> Element:
    """
    Make an element; tags and attribute names come from our code, never from data.

    In a name a last underscore is dropped and others become hyphens (`class_`,
    `text_anchor`). None and False leave an attribute out, True leaves it empty.
    """
    named = tuple(
        (name.removesuffix("_").replace("_", "-"), "" if value is True else _text(value))
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    return Element(tag, named, children)


def visible(text: str) -> str:
    """
    Show what would act on a reader's screen unseen: controls, direction marks, surrogates.

    Line feeds and tabs stay; each other such character becomes its number, `⟨U+001B⟩`.
    """
    if text.isprintable():
        return text
    return "".join(
        f"⟨U+{ord(character):04X}⟩"
        if character not in "\n\t" and unicodedata.category(character) in _HIDDEN
        else character
        for character in text
    )


def serialize(root: Element) -> str:
    """Write an element and all below it as HTML."""
    return "".join(_pieces(root))


def _pieces(child: Child) -> Iterator[str]:
    if child is None:
        return
    if isinstance(child, str):
        yield escape(visible(child), quote=False)
        return
    attributes = "".join(f' {name}="{escape(visible(v))}"' for name, v in child.attributes)
    if child.tag in _SELF_CLOSING:
        yield f"<{child.tag}{attributes}/>"
        return
    yield f"<{child.tag}{attributes}>"
    if child.tag == "style":
        yield _style_text(child)
    else:
        for inner in child.children:
            yield from _pieces(inner)
    if child.tag not in _NO_END_TAG:
        yield f"</{child.tag}>"


def _style_text(style: Element) -> str:
    """Hand on a style sheet, which HTML does not unescape; ours alone may stand there."""
    text = "".join(part for part in style.children if isinstance(part, str))
    if "<" in text:
        raise ValueError(f"a style sheet may not hold '<': {text!r}")
    return text


def _text(value: AttributeValue) -> str:
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return str(value)
