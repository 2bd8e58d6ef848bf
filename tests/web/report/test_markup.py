"""No text becomes markup."""

import pytest

from botd.web.report.markup import make, serialize, visible
from tests.web.report.trees import Page


def test_text_stays_text() -> None:
    """A broker's words may look like markup, and are shown as they are."""
    words = "<script>alert(1)</script> & \"quoted\" 'words'"

    page = Page(serialize(make("p", words, title=words)))

    assert ["p"] == page.tags
    assert words == page.text
    assert [words] == page.values("title")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("plain", "plain", id="letters stay"),
        pytest.param("two\nlines\tand a tab", "two\nlines\tand a tab", id="line feed and tab stay"),
        pytest.param("a\x00b", "a⟨U+0000⟩b", id="a null shows"),
        pytest.param("\x1b[31mred", "⟨U+001B⟩[31mred", id="a terminal's escape shows"),
        pytest.param("\x85", "⟨U+0085⟩", id="a C1 control shows"),
        pytest.param("\u202eevil", "⟨U+202E⟩evil", id="a direction override shows"),
        pytest.param("\ud800", "⟨U+D800⟩", id="half a character shows"),
        pytest.param("\uffff", "⟨U+FFFF⟩", id="no character shows"),
        pytest.param("1\N{NO-BREAK SPACE}P", "1\N{NO-BREAK SPACE}P", id="a hard space stays"),
        pytest.param("Zürich, 東京", "Zürich, 東京", id="other scripts stay"),
    ],
)
def test_hidden_characters(text: str, expected: str) -> None:
    """What would act on a screen unseen is shown by its number."""
    assert expected == visible(text)
    assert expected == Page(serialize(make("p", text))).text


def test_attribute_names_and_values() -> None:
    """Names are written with hyphens; None and False are left out; pixels are short."""
    element = make("rect", class_="a", stroke_width=1.25, x=2.0, y=3, hidden=None, open=False)

    assert '<rect class="a" stroke-width="1.2" x="2" y="3"/>' == serialize(element)


def test_true_is_an_empty_attribute() -> None:
    """A switch is on by being there."""
    assert '<details open=""></details>' == serialize(make("details", open=True))


def test_elements_without_an_end() -> None:
    """HTML's void elements get no end tag; None among children is nothing."""
    assert '<p>a<br>b<meta charset="utf-8"></p>' == serialize(
        make("p", "a", make("br"), None, "b", make("meta", charset="utf-8"))
    )


def test_style_is_written_as_it_is() -> None:
    """A style sheet is not escaped, since HTML would not unescape it."""
    assert "<style>a>b{c:'d'}</style>" == serialize(make("style", "a>b{c:'d'}"))


def test_style_cannot_end_early() -> None:
    """A style sheet that could close its element is refused."""
    with pytest.raises(ValueError, match="may not hold '<'"):
        serialize(make("style", "</style><script>"))
