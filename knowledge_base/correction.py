"""Did you mean: misheard or mistyped words set right with words of the best articles."""

from __future__ import annotations

from collections.abc import Iterable

from knowledge_base.analysis import normalise
from knowledge_base.article import Article
from knowledge_base.sound import sounds

_LONGEST = 8


def corrected(question: str, articles: Iterable[Article]) -> str | None:
    """The question with its longest stretch replaced that only sounds like one of an article.

    Looks at titles, questions and synonyms; at least two characters must sound alike.
    """
    heard = sounds(question)
    known = [
        (text, sounds(text))
        for article in articles
        for text in map(normalise, (article.title, *article.questions, *article.synonyms))
    ]
    for length in range(min(_LONGEST, len(question)), 1, -1):
        for start in range(len(question) - length + 1):
            stretch = heard[start : start + length]
            said = question[start : start + length]
            if None in stretch or any(said in text for text, _ in known):
                continue
            for text, sound in known:
                for place in range(len(sound) - length + 1):
                    if sound[place : place + length] == stretch:
                        return (
                            question[:start] + text[place : place + length] + question[start + length :]
                        )
    return None
