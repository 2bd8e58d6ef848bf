"""Looking into the report's elements, and into its HTML as a browser reads it."""

from collections.abc import Iterator
from html.parser import HTMLParser

from botd.web.report.markup import Child, Element


def walk(*roots: Child) -> Iterator[Element]:
    """Give every element at and below the roots."""
    for root in roots:
        if isinstance(root, Element):
            yield root
            yield from walk(*root.children)


def find(root: Child, tag: str, class_: str | None = None) -> list[Element]:
    """Give the elements with a tag, and a class where one is named."""
    return [
        element
        for element in walk(root)
        if element.tag == tag and (class_ is None or class_ in value(element, "class").split())
    ]


def value(element: Element, name: str) -> str:
    """Give an attribute; empty where it has none."""
    return dict(element.attributes).get(name, "")


def text_of(root: Child) -> str:
    """Give all text at and below an element, as written."""
    if isinstance(root, Element):
        return "".join(text_of(child) for child in root.children)
    return root or ""


def texts(root: Child, class_: str | None = None) -> list[str]:
    """Give the texts of a picture."""
    return [text_of(element) for element in find(root, "text", class_)]


class Page(HTMLParser):
    """A document as a browser's parser sees it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.words.append(data)

    @property
    def text(self) -> str:
        """All its text."""
        return "".join(self.words)

    def values(self, name: str) -> list[str]:
        """Give all values of an attribute."""
        return [value or "" for key, value in self.attributes if key == name]
