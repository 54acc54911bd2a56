"""Tables below a title, and those that only look like them; the server and the page must know both."""

from __future__ import annotations

TITLED = {  # and the number of the row that is the header
    "Claims\r\nid,text\r\n1,leak\r\n2,noise\r\n": 2,
    "Claims export 2025\nid,text\n1,leak\n": 2,
    "Report\nid;Bemerkung\n1;leckt\n2;brummt\n": 2,
    "Text\nid,text\n1,leak\n": 2,
    "Complaint\nNr|Bemerkung\n1|leckt\n2|brummt\n": 2,
    "Claims\nid,text\n": 2,
    "Claims\nkind, text\nwater, it leaks\n": 2,
    "Claims\nremark,region\nleaks,north\nnoise,south\n": 2,
    "Claims\nid,text\n1,leaks, badly\n2,noise, loud, too\n3,x\n": 2,
    "Claims\rNr;Beschreibung\r1;leckt\r": 2,
    "Claims;;\r\nid;text;kind\r\n1;a;b\r\n": 2,
    "Claim,\ntext,label\nleak,a\n": 2,
    ";;;\nid;text;x;y\n1;a;b;c\n": 2,
    "Claims\n;;;\nNr;Bemerkung;x;y\n1;a;b;c\n2;d;e;f\n": 3,
    "Claims\nprinted on Monday, 3 March\n\nid,text\n1,leak\n": 4,
    "Claims\n2025-11-01\nid\ttext\n1\tleak\n": 3,
    "  \nClaims\n \nid,text\n1,leak\n": 4,
    '"Claims\nof March"\nid,text\n1,leak\n': 2,
    "sep=;\r\nClaims\r\nid;text\r\n1;leak\r\n": 3,
}
UNTITLED = {  # their header, and how many rows are below it
    "text\nIt leaks, badly; since Monday\nfine\na, b, c\n": (["text"], 3),
    "text\nIt leaks, badly\nLoud, too\nHot, very\n": (["text"], 3),
    "Kundenfeedback\nIt leaks; badly\nLoud; too\nHot; very\n": (["Kundenfeedback"], 3),
    "feedback\nLeaks, label torn\nLoud, too\nHot, very\n": (["feedback"], 3),
    "text\nReview, please\nLoud, too\nHot, very\n": (["text"], 3),
    "text\nleaks,badly\nloud,too\nhot,very\n": (["text"], 3),
    'claims\n"leaks,badly"\n"loud,too"\n"hot,very"\n': (["claims"], 3),
    "feedback\nRiss von 10,5 mm\nSpalt 3,2 mm\nLoch 1,5\n": (["feedback"], 3),
    "claims\n10,5\n12,3\n7,1\n": (["claims"], 3),
    "内容\n箱子坏了,很慢\n屏幕坏了,退货\n太慢,不要\n": (["内容"], 3),
    "text\nlabel\n   \nfine\n": (["text"], 3),
    "text,,\nlate,1,2\nfine,3,4\n": (["text", "", ""], 2),
    "text,\nleaks,x\nloud,y\nhot,z\n": (["text", ""], 3),
    "   \n\n \r\nid,text\n1,leak\n": (["id", "text"], 1),
    " \t \n\t\t\nid\ttext\n1\tleak\n": (["id", "text"], 1),
    "sep=;\n  \nid;text\n1;leak\n": (["id", "text"], 1),
}
