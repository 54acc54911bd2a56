"""Feeds: RSS and Atom as they are written in the wild."""

from __future__ import annotations

from types import ModuleType

import pytest
from post_shapes import DEADLINE
from posts_server import PostsServer, Reply

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
     xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel><title>Complaints</title><language>de-de</language><atom:link href="https://a.example/feed" rel="self"/>
<item><media:title>A picture</media:title><title>R&uuml;ckgabe &amp;amp; Geld</title><guid isPermaLink="false">a-1</guid>
  <description><![CDATA[<p>Seit <b>drei</b> Wochen nichts.</p><p>Gar nichts &#128545;</p>]]></description>
  <pubDate>Sun, 22 Nov 2026 11:00:00 +0100</pubDate><dc:creator>Somebody</dc:creator></item>
<item><link>https://a.example/2</link><content:encoded>&lt;div&gt;Late&lt;br&gt;again&lt;/div&gt;</content:encoded><dc:date>2026-11-22</dc:date></item>
<item><title>Only a title</title></item>
<item><guid>empty</guid></item>
</channel></rss>"""

ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Notes</title>
<entry><id>tag:a,1</id><title type="text">1 &lt; 2 claims</title><updated>2026-11-22T10:00:00.5+00:00</updated>
  <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>No <em>answer</em>.</p><p>Still none.</p></div></content>
  <author><name>Anna</name></author></entry>
<entry><id>tag:a,2</id><title type="html">&lt;b&gt;Bold&lt;/b&gt; claim</title>
  <summary>It broke.</summary><published>22.11.2026 12:30</published></entry>
</feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="https://a.example"><title>Old</title></channel>
<item rdf:about="https://a.example/9"><title>An old form</title><link>https://a.example/9</link></item></rdf:RDF>"""


def _entries(room: dict[str, ModuleType], content: str | bytes) -> list[tuple[str, str, str, str]]:
    found = room["feed"].entries(content if isinstance(content, bytes) else content.encode(), "The feed")
    return [(entry.id, entry.text, entry.posted_at, entry.language) for entry in found]


def test_rss_is_read_with_cdata_namespaces_and_entities_of_html(room: dict[str, ModuleType]) -> None:
    """Texts come without markup, dates in UTC, and what another namespace says of a picture is not taken for the title."""
    assert _entries(room, RSS) == [
        ("a-1", "Rückgabe & Geld Seit drei Wochen nichts. Gar nichts 😡", "2026-11-22T10:00:00Z", "de-de"),
        ("https://a.example/2 Late again", "Late again", "2026-11-22T00:00:00Z", "de-de"),
        ("Only a title", "Only a title", "", "de-de"),
        ("empty", "", "", "de-de"),
    ]


def test_atom_is_read_in_all_three_kinds_of_text(room: dict[str, ModuleType]) -> None:
    """Plain text keeps its angle brackets, HTML and XHTML lose their tags."""
    assert _entries(room, ATOM) == [
        ("tag:a,1", "1 < 2 claims No answer. Still none.", "2026-11-22T10:00:00Z", "en"),
        ("tag:a,2", "Bold claim It broke.", "2026-11-22T12:30:00Z", "en"),
    ]


def test_the_oldest_form_of_rss_and_other_encodings_are_read(room: dict[str, ModuleType]) -> None:
    """Items beside the channel count, and so does what is not written in UTF-8."""
    assert _entries(room, RDF) == [("https://a.example/9", "An old form", "", "")]
    older = RDF.replace("http://purl.org/rss/1.0/", "http://a.example/rss/0.9/")
    assert _entries(room, older) == [("https://a.example/9", "An old form", "", "")]
    latin = RSS.replace("UTF-8", "ISO-8859-1").replace("Somebody", "Ä").encode("latin-1", "ignore")
    assert _entries(room, latin)[0][1].startswith("Rückgabe")


ITEM = "<rss><channel><item><title>{}</title></item></channel></rss>"
DECLARED = '<?xml version="1.0" encoding="{}"?>' + ITEM


@pytest.mark.parametrize(
    ("content", "charset", "text"),
    [
        (DECLARED.format("Shift_JIS", "返金①").encode("cp932"), "", "返金①"),
        (DECLARED.format("gb2312", "退款").encode("gb18030"), "", "退款"),
        (DECLARED.format("EUC-KR", "환불").encode("euc-kr"), "", "환불"),
        (DECLARED.format("windows-1251", "Возврат").encode("cp1251"), "utf-8", "Возврат"),
        (DECLARED.format("utf-8", "Rück").encode("latin-1"), "", "Rück"),
        (DECLARED.format("punycode", "Rück").encode(), "", "Rück"),
        (DECLARED.format("x-9", "Rück").encode(), "", "Rück"),
        (DECLARED.format("utf-16", "Rück").encode("utf-16"), "", "Rück"),
        (ITEM.format("Rück").encode("utf-16-le"), "", "Rück"),
        (ITEM.format("Возврат").encode("koi8-r"), "koi8-r", "Возврат"),
        (ITEM.format("Rück “x” €").encode("cp1252"), "", "Rück “x” €"),
        (b"\xef\xbb\xbf\n " + DECLARED.format("utf-8", "Rück").encode(), "", "Rück"),
        (ITEM.format("a\x0bb\ufffe&#11;&#xffffff;c").encode(), "", "a b c"),
        (ITEM.format("AT&T &amp;amp; R&D &copy;<![CDATA[ b&c]]>").encode(), "", "AT&T & R&D © b&c"),
        (ITEM.format("of old").replace("<rss>", '<rss xmlns="http://backend.userland.com/rss2">').encode(), "", "of old"),
    ],
)
def test_feeds_are_read_as_they_are_written(room: dict[str, ModuleType], content: bytes, charset: str, text: str) -> None:
    """Other encodings, declared, told by the server or neither, control characters, loose & and what comes before the declaration."""
    assert [entry.text for entry in room["feed"].entries(content, "The feed", charset)] == [text]


def test_what_a_server_says_of_the_encoding_is_heard(room: dict[str, ModuleType], server: PostsServer) -> None:
    """It stands in the header of the answer."""
    server.reply(Reply(ITEM.format("Возврат").encode("koi8-r"), headers={"Content-Type": "text/xml; charset=KOI8-R"}))
    (post,) = room["rss"].Rss({"a": server.address}).page("a", "", DEADLINE).posts
    assert post.source == "Возврат"


def test_atom_is_text_unless_it_says_otherwise(room: dict[str, ModuleType]) -> None:
    """Its default is text: what looks like a tag there is one that somebody writes about; in RSS it is markup."""
    title = "<title>Use &lt;b&gt; in it</title>"
    assert _entries(room, f'<feed xmlns="http://www.w3.org/2005/Atom"><entry>{title}</entry></feed>')[0][1] == "Use <b> in it"
    assert _entries(room, f"<rss><channel><item>{title}</item></channel></rss>")[0][1] == "Use in it"


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("<title>Hi</title><description>History of the world</description>", "Hi History of the world"),
        ("<title>Hi</title><description>Hi, it broke</description>", "Hi, it broke"),
        ("<title>It bro…</title><description>It broke again</description>", "It broke again"),
        ("<title>退款</title><description>退款太慢了</description>", "退款太慢了"),
    ],
)
def test_a_title_is_left_out_where_the_text_begins_with_it(room: dict[str, ModuleType], item: str, text: str) -> None:
    """A word that only begins alike is another one; a title that was cut off ends anywhere."""
    assert _entries(room, f"<rss><channel><item>{item}</item></channel></rss>")[0][1] == text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (ITEM.replace("</title>", "</title><content:encoded>&lt;b&gt;Late</content:encoded><x:y a:b='1'/>").format("One"), "One Late"),
        (ITEM.replace("<rss>", '<rss xmlns:content="urn:a"><dc:a/>').format("One"), "One"),
        (ITEM.format("One") + "<!-- 0.1 s --><script>x</script> &nbsp;", "One"),
        (ITEM.format("AT&T") + "<br>", "AT&T"),
    ],
)
def test_small_sins_of_feeds_are_forgiven(room: dict[str, ModuleType], content: str, text: str) -> None:
    """Prefixes that are declared nowhere, and what a server or a cache adds behind the end."""
    assert [entry[1] for entry in _entries(room, content)] == [text]


def test_what_no_one_can_read_is_no_text(room: dict[str, ModuleType]) -> None:
    """Atom holds pictures and archives, too, in base 64; what is HTML or XML by its type is read as such."""
    entry = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>One</title><content type="{}">{}</content></entry></feed>'
    kinds = {
        "application/octet-stream": ("aGVsbG8gd29ybGQ=", "One"),
        "image/png": ("aGVsbG8=", "One"),
        "text/html; charset=utf-8": ("&lt;b&gt;Late&lt;/b&gt;", "One Late"),
        "HTML": ("&lt;b&gt;Late&lt;/b&gt;", "One Late"),
        "application/xhtml+xml": ("<p>Late</p>", "One Late"),
    }
    assert {kind: _entries(room, entry.format(kind, content))[0][1] for kind, (content, _) in kinds.items()} == {
        kind: text for kind, (_, text) in kinds.items()
    }


BOMB = '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><rss><channel><item><title>&b;</title></item></channel></rss>'
OUTSIDE = '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><channel><item><title>&a;</title></item></channel></rss>'


@pytest.mark.parametrize("content", [BOMB, OUTSIDE, "<rss>" + "<a>" * 500, "<html></html>", "", "\x00"])
def test_xml_that_could_do_harm_is_refused(room: dict[str, ModuleType], content: str) -> None:
    """Entities that grow or lead elsewhere, endless depth, and what is no feed at all end in a sentence."""
    with pytest.raises(room["source"].Stopped, match="The feed answered in a shape"):
        room["feed"].entries(content.encode(), "The feed")


def test_a_document_type_without_entities_is_read(room: dict[str, ModuleType]) -> None:
    """Old feeds name their document type, which is not fetched."""
    doctype = '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">'
    assert len(_entries(room, doctype + "<rss><channel><item><title>One</title></item></channel></rss>")) == 1


def test_a_feed_gives_each_entry_once(room: dict[str, ModuleType], server: PostsServer) -> None:
    """What was there before comes no more, whatever the feed adds, and an unchanged feed is not even sent."""
    source = room["rss"].Rss({"news": f"{server.address}/feed.xml"})
    items = "".join(f"<item><guid>{number}</guid><title>Claim {number}</title></item>" for number in range(3))
    feed = "<rss><channel>{}</channel></rss>"
    server.reply(Reply(feed.format(items).encode(), headers={"ETag": '"1"', "Last-Modified": "Sun, 22 Nov 2026 10:00:00 GMT"}))
    first = source.page("news", "", DEADLINE)
    assert [post.source for post in first.posts] == ["Claim 0", "Claim 1", "Claim 2"]
    assert first.is_last
    server.reply(Reply(status=304))
    second = source.page("news", first.cursor, DEADLINE)
    assert (second.posts, second.cursor) == ([], first.cursor)
    assert server.asked[1].headers["If-None-Match"] == '"1"'
    assert server.asked[1].headers["If-Modified-Since"] == "Sun, 22 Nov 2026 10:00:00 GMT"
    server.reply(Reply(feed.format("<item><guid>3</guid><title>Claim 3</title></item>" + items).encode()))
    third = source.page("news", second.cursor, DEADLINE)
    assert [post.source for post in third.posts] == ["Claim 3"]


def test_feeds_and_entries_may_number_alike(room: dict[str, ModuleType], server: PostsServer) -> None:
    """A number is good within its feed, and one address may be that of several entries; no id names an author."""
    server.reply(Reply(b"<rss><channel><item><guid>https://a.example/@alice/7</guid><title>Late</title></item></channel></rss>"))
    source = room["rss"].Rss({"a": f"{server.address}/a", "b": f"{server.address}/b"})
    one, other = (source.page(tag, "", DEADLINE).posts[0].id for tag in "ab")
    assert one != other
    assert "alice" not in one
    item = "<item><link>https://a.example/</link><title>{}</title></item>"
    server.reply(Reply(f"<rss><channel>{item.format('Outage in Berlin')}{item.format('All well in Rome')}</channel></rss>".encode()))
    assert [post.source for post in source.page("a", "", DEADLINE).posts] == ["Outage in Berlin", "All well in Rome"]
