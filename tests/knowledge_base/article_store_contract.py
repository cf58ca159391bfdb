"""What every ``ArticleStore`` must do: subclass it with a fixture ``open_store``; the rest runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge_base.article import Article, ArticleStore

PERMIT = Article(
    id="residence-permit",
    version=1,
    title="北京市居住证怎么办理",
    body="## 条件\n\n- 登记满六个月\n- 合法稳定住所",
    spoken="登记满六个月可以申领。",
    questions=("暂住证现在怎么办", "居住证多少钱"),
    synonyms=("暂住证",),
    category="户籍与居住证",
    region="北京市",
    issuer="北京市公安局",
    document_number="国令第663号",
    source="《居住证暂行条例》",
    effective=date(2016, 1, 1),
    expires=date(2030, 12, 31),
)
OpenStore = Callable[[], ArticleStore]

_text = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=40)
_articles = st.builds(
    Article,
    id=st.sampled_from(["a", "b", "编号 3"]),
    version=st.just(1),
    title=_text,
    body=_text,
    questions=st.lists(_text, max_size=3).map(tuple),
    category=_text,
    effective=st.none() | st.dates(),
    expires=st.none() | st.dates(),
)


class ArticleStoreContract:
    """Tests of one kind of store.

    A subclass has a fixture ``open_store``: a callable that opens the store of this test, with
    whatever was put into it before, as after a restart of the program.
    """

    def test_a_new_store_is_empty(self, open_store: OpenStore) -> None:
        store = open_store()
        assert list(store.current()) == []
        assert store.get("nothing") is None

    def test_every_field_survives_a_restart(self, open_store: OpenStore) -> None:
        assert open_store().put([PERMIT]) == 1
        assert open_store().get(PERMIT.id) == PERMIT

    def test_a_changed_article_becomes_the_next_version(self, open_store: OpenStore) -> None:
        store = open_store()
        store.put([PERMIT])
        assert store.put([replace(PERMIT, body="新的正文")]) == 1
        newest = store.get(PERMIT.id)
        assert newest is not None
        assert (newest.version, newest.body) == (2, "新的正文")
        assert [article.version for article in store.current()] == [2]

    def test_an_older_version_stays_readable(self, open_store: OpenStore) -> None:
        store = open_store()
        store.put([PERMIT])
        store.put([replace(PERMIT, body="新的正文")])
        again = open_store()
        assert again.get(PERMIT.id, 1) == PERMIT
        assert again.get(PERMIT.id, 3) is None

    def test_putting_the_same_again_changes_nothing(self, open_store: OpenStore) -> None:
        store = open_store()
        store.put([PERMIT])
        before = store.revision()
        assert store.put([PERMIT, replace(PERMIT, version=7)]) == 0
        assert store.revision() == before
        found = store.get(PERMIT.id)
        assert found is not None
        assert found.version == 1

    def test_the_revision_changes_with_every_change_and_survives(self, open_store: OpenStore) -> None:
        store = open_store()
        revisions = [store.revision()]
        for body in ("一", "二", "一"):
            store.put([replace(PERMIT, body=body)])
            revisions.append(store.revision())
        assert len(set(revisions)) == 4
        assert open_store().revision() == revisions[-1]

    def test_one_id_twice_in_a_batch_makes_two_versions(self, open_store: OpenStore) -> None:
        store = open_store()
        assert store.put([PERMIT, replace(PERMIT, title="改了")]) == 2
        first, second = store.get(PERMIT.id, 1), store.get(PERMIT.id, 2)
        assert first == PERMIT
        assert second is not None
        assert second.title == "改了"

    def test_a_generator_can_be_put(self, open_store: OpenStore) -> None:
        store = open_store()
        assert store.put(replace(PERMIT, id=f"n{number}") for number in range(300)) == 300
        assert {article.id for article in store.current()} == {f"n{number}" for number in range(300)}

    # One contract, run for several stores: each class is an executor of its own, on purpose.
    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(batches=st.lists(st.lists(_articles, max_size=4), max_size=4))
    def test_the_newest_content_of_each_id_is_what_was_put_last(
        self, open_store: OpenStore, batches: list[list[Article]]
    ) -> None:
        store = open_store()
        for batch in batches:
            store.put(batch)
        again = open_store()
        last = {article.id: article for batch in batches for article in batch}
        for name, article in last.items():
            found = again.get(name)
            assert found is not None
            assert replace(found, version=1) == article
