"""Pieces that the rules of a tokenizer treat in every way they have."""

from __future__ import annotations

import re

# Contractions, abbreviations, smileys, addresses, numbers with units, punctuation, quotes of all kinds, other scripts.
NASTY: list[str] = re.findall(
    r"\S+",
    """
    don't can't. (don't) 'tis it's it's, (it's: he'll've cannot gonna rock'n'roll O'Neil's dogs' 'em ''em U.S. U.S.A. e.g.
    i.e., Mr. Mr.Smith a.m. 10a.m. 10p.m., :) :-) :)) x:) (x:) x:)) :( =( <3 <33 </3 o.O -_- >:( (-: ^_^ (*_*) 8-) :'(
    http://a.b/c?d=1 www.example.com, example.com. a@b.co x.y.z 1.2.3 1,000.50 $5 US$5 C$10. 5$ 50% 10km 10km. 5kg/m2 -5
    +5 5+ 5+5 5-3 2^3 3*4 a-b well-made mother-in-law-- --dash a--b a---b ... .... word... ...word word...word word.Word
    Word.word end.Begin a,b 1,2 a/b and/or w/o a:b a=b a<b>c "quoted" ``x'' 'x' ‘x’ “x” «x» (a) [b] {c} ((((( ))))) "()"
    ?!?! !!! #tag @user &amp; * _x_ ~ | \\ ^ café naïve’s l’été ÀÉÎ ÉTÉ ß İstanbul ǅ ﬁ 😀 😀😀 a😀b © ®™ … a…b –x– x—y 10°
    20°C. 20°C €5 5€ ½ x² км 5км 1-го привет, мир! γειά, مرحبا، हिन्दी। 한국어 a\u200bb \ufeffx and/or. 'Cause ’Cause ol’
    y'all y’all'd've shan't've Ph.D. Jan. jan. vs. v.s. b.c. z. Z. ä. (a.) I.e. ¯\\(ツ)/¯ ಠ_ಠ (ಠ_ಠ) (╯°□°）╯︵┻━┻ ")-:" :-)x
    x:-D. x'S x'd x're x've
    """,
)
