"""Whether the first row of a table with one column is a name, and not the first of the texts.

Above several columns stands a known name, or the file is refused. Above an only one stands whatever its owner calls it,
`Beschwerde` or `feedback_2024`, or nothing: then the first row is somebody's claim, such as `terrible`. Neither length nor
capitals nor the rows below tell the two apart, for claims may be one word, too. Words do: a name is made of words that
names of columns have. What is not is refused, for a name that has to be changed costs its owner a minute, and a claim
that is taken for a name is gone.
"""

from __future__ import annotations

import re
import unicodedata

# What a person wrote: each is a name by itself. Not here are words that are whole claims: damage, problem, question, no answer.
_WRITTEN = """
    text texts freetext review reviews claim claims description descriptions body message messages comment comments complaint
    complaints content contents sentence sentences tweet tweets utterance utterances feedback statement statements verbatim verbatims
    narrative narratives note notes remark remarks opinion opinions observation observations ticket tickets post posts document
    documents email emails transcript transcripts summary headline title subject
    texte beschreibung beschreibungen nachricht nachrichten kommentar kommentare beschwerde beschwerden reklamation reklamationen
    rückmeldung rückmeldungen anliegen bemerkung bemerkungen anmerkung anmerkungen bewertung bewertungen rezension rezensionen
    schilderung schilderungen mitteilung mitteilungen schadensmeldung schadensmeldungen schadenmeldung schadenmeldungen notiz notizen
    inhalt äußerung äußerungen meinung meinungen stellungnahme stellungnahmen betreff
    textes commentaire commentaires avis réclamation réclamations plainte plaintes remarque remarques contenu énoncé
    texto textos comentario comentarios reseña reseñas queja quejas reclamación reclamaciones descripción mensaje mensajes
    comentário comentários reclamação reclamações descrição mensagem mensagens avaliação queixa
    testo testi commento commenti recensione recensioni reclamo reclami descrizione messaggio messaggi segnalazione
    tekst teksten omschrijving beschrijving klacht klachten opmerking opmerkingen bericht berichten
    текст отзыв отзывы жалоба комментарий сообщение описание обращение
    テキスト 本文 コメント レビュー 텍스트 내용 리뷰 댓글
"""

# Whose, about what, in what language, which: they stand beside such a word, and alone they are no name. Months make titles.
_BESIDE = """
    customer customers client clients user users consumer patient employee product service order case damage fault error problem issue
    incident warranty survey question free open raw clean cleaned full original of the
    field column col row data value string str txt id en de fr es it pt nl english german french spanish italian dutch
    kunde kunden produkt schaden schadens fehler garantie umfrage spalte feld frage anfrage der die das des
    produit libre le la les du cliente clientes producto servicio el del do da di prodotto klant klanten van q
"""

# German and Chinese write several of them as one: Kundenfeedback, Schadensbeschreibung, 客户投诉内容.
_COMPOUND = re.compile(
    r"[a-zäöüß]{4,}(?:beschreibung|beschwerde|reklamation|rückmeldung|kommentar|feedback|bewertung|text)(?:en|e)?"
    r"|(?:客户|用户|产品|问题|工单)*(?:文本|内容|评论|描述|投诉|反馈|留言|意见)+"
)
_WRITTEN_WORDS, _BESIDE_WORDS = frozenset(_WRITTEN.split()), frozenset(_BESIDE.split())
_LETTERS = re.compile(r"[^\W\d_]+")
_HUMP = re.compile(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])")  # customerFeedback
_NAME = re.compile(r"(?!.*  )[\w ./()\[\]#:-]{1,60}")  # the marks that names have; claims have others, too, and are longer


def visible(name: str) -> str:
    """A name without marks that nobody sees, which some programs put before or into it, its accents as one character each."""
    if name.isascii():
        return name
    return unicodedata.normalize("NFC", "".join(char for char in name if unicodedata.category(char) != "Cf"))


def is_name(first_row: str) -> bool:
    """Whether what stands above an only column is a name: of what people wrote, in words of names and no others."""
    name = visible(first_row).strip()
    words = _LETTERS.findall(_HUMP.sub(" ", name).lower())
    written = [word for word in words if word in _WRITTEN_WORDS or _COMPOUND.fullmatch(word)]
    return bool(_NAME.fullmatch(name) and written and all(word in _BESIDE_WORDS for word in words if word not in written))
