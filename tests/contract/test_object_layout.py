"""Keys: one function makes them, one parses them, and they are each other's inverse."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from contract.errors import UserError
from contract.layout import (
    CLASSIFIERS_PREFIX,
    DEFAULT_CLASSIFIER,
    MAX_KEY_BYTES,
    RESERVED_TRAIN_PREFIXES,
    TABLE_SUFFIXES,
    WORK_PREFIX,
    Drop,
    ResultKeys,
    artifact_key,
    check_classifier,
    checkpoints_key,
    corrected_text_of,
    correction_key,
    corrections_prefix,
    evaluation_key,
    failure_key,
    input_key,
    is_reserved_train_key,
    parse_drop,
    parse_result,
    parse_s3_uri,
    s3_uri,
    text_corrections_prefix,
    training_job_of,
)
from contract.shard_keys import ShardKeys

CLASSIFIERS = st.one_of(st.just(DEFAULT_CLASSIFIER), st.from_regex(r"[a-z][a-z0-9-]{0,30}[a-z0-9]|[a-z]", fullmatch=True))
PATHS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
FOLDERS = st.lists(st.sampled_from(["march", "older", "ä ö", "a+b", "claims.csv", "2026", "new\nline"]), max_size=3).map("/".join)
VERSIONS = st.text("abcdefABCDEF0123456789._-", min_size=1, max_size=32).filter(lambda version: not version.endswith(TABLE_SUFFIXES))


@st.composite
def _drops(draw: st.DrawFn) -> Drop:
    """Drops that the kit accepts: a table below some folders."""
    name = draw(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), max_size=10))
    suffix = draw(st.sampled_from([*TABLE_SUFFIXES, ".CSV", ".Csv.GZ"]))
    folders = draw(FOLDERS)
    path = f"{folders}/{name}{suffix}" if folders else f"{name}{suffix}"
    classifier = draw(CLASSIFIERS)
    assume(classifier != DEFAULT_CLASSIFIER or not path.startswith((CLASSIFIERS_PREFIX, WORK_PREFIX)))
    return Drop(classifier, path)


@given(CLASSIFIERS, PATHS)
def test_a_drop_is_parsed_from_its_own_key(classifier: str, path: str) -> None:
    """No classifier and no path is lost or changed on the way through a key."""
    assume(classifier != DEFAULT_CLASSIFIER or not path.startswith((CLASSIFIERS_PREFIX, WORK_PREFIX)))
    drop = Drop(classifier, path)
    assert parse_drop(drop.key) == drop


@given(st.one_of(PATHS, PATHS.map(lambda path: f"{CLASSIFIERS_PREFIX}{path}"), PATHS.map(lambda path: f"{CLASSIFIERS_PREFIX}tone/{path}")))
def test_a_key_is_refused_or_comes_back(key: str) -> None:
    """Whatever a person names an object, its drop has that very key, or there is a sentence about it."""
    try:
        drop = parse_drop(key)
    except UserError as refusal:
        assert str(refusal)
        return
    assert drop.key == key


@given(_drops(), st.one_of(st.just(""), VERSIONS))
@example(Drop("main", "march/older/claims.csv"), "")
@example(Drop("main", "march/older/claims.csv"), "v1")
@example(Drop("main", "claims.csv/older/claims.csv"), "")
def test_each_key_of_a_result_leads_back_to_it(drop: Drop, older_version: str) -> None:
    """A results file, its rejected rows, its review list and its summary all tell whose result they are, in any folder."""
    keys = ResultKeys(drop, older_version)
    for key in (keys.results, keys.rejected, keys.review, keys.summary):
        assert key.startswith(keys.prefix)
        assert parse_result(key) == keys


@given(_drops())
def test_keys_of_one_result_differ(drop: Drop) -> None:
    """No name of a dropped file makes two objects of its result the same."""
    new, old = ResultKeys(drop), ResultKeys(drop, "v1")
    assert len({key for keys in (new, old) for key in (keys.results, keys.rejected, keys.review, keys.summary)}) == 8


def test_results_lie_under_the_dropped_key() -> None:
    """The documented example, letter by letter."""
    keys = ResultKeys(parse_drop("march/claims (2).csv"))
    assert keys.results == "march/claims (2).csv/claims (2)_results.csv"
    assert keys.rejected == "march/claims (2).csv/claims (2)_rejected.csv"
    assert keys.review == "march/claims (2).csv/claims (2)_review.jsonl"
    assert keys.summary == "march/claims (2).csv/summary.json"


@pytest.mark.parametrize(
    ("name", "stem"), [("a.CSV.gz", "a"), ("b.tar.csv", "b.tar"), (".csv", ""), ("c.xlsx", "c.xlsx"), ("d.JSONL", "d")]
)
def test_the_stem_drops_known_suffixes_only(name: str, stem: str) -> None:
    """The longest known suffix goes, in any case; an unknown one belongs to the name."""
    assert Drop("main", f"folder.csv/{name}").stem == stem


@pytest.mark.parametrize("key", ["a.csv/other.csv", "a.csv/a_results.csv.bak", "summary.txt", "a.csv/older/v1/x/summary.txt"])
def test_a_foreign_object_among_the_results_is_no_result(key: str) -> None:
    """What a person put into the results bucket is not taken for a result."""
    with pytest.raises(UserError, match="not the name of a result file"):
        parse_result(key)


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("_work/job/claims.csv", "'_work/', which the kit keeps for its own work. Use another folder name"),
        ("classifiers/claims.csv", "names no file below a classifier. Drop it as 'classifiers/NAME/claims.csv'"),
        ("classifiers/main/claims.csv", "'main' is the default classifier. Drop the file as 'claims.csv'"),
        ("classifiers/Tone/claims.csv", "'Tone' is no name for a classifier. Use up to 32 lower-case letters"),
        ("classifiers/-/claims.csv", "no name for a classifier"),
    ],
)
def test_a_key_that_no_drop_may_have_is_refused_with_the_remedy(key: str, sentence: str) -> None:
    """The sentence says what is wrong with the name, and a better one where there is one."""
    with pytest.raises(UserError, match=sentence.replace(".", r"\.")):
        parse_drop(key)


@pytest.mark.parametrize("name", ["a", "tone", "x" * 32, "a-1"])
def test_names_of_classifiers(name: str) -> None:
    """Names within the documented bounds are accepted."""
    assert check_classifier(name) == name


@pytest.mark.parametrize("name", ["", "1a", "a-", "A", "a_b", "ä", "x" * 33, "a\n"])
def test_names_that_no_classifier_may_have(name: str) -> None:
    """A name must fit an object key, a tag and a DynamoDB key alike."""
    with pytest.raises(UserError, match="no name for a classifier"):
        check_classifier(name)


def test_reserved_prefixes_start_no_training() -> None:
    """Objects for labelling are no training files, and a folder that only resembles theirs is not reserved."""
    assert all(is_reserved_train_key(f"{prefix}claims.csv") for prefix in RESERVED_TRAIN_PREFIXES)
    assert not is_reserved_train_key("corrections.csv")
    assert not is_reserved_train_key("march/corrections/claims.csv")


def test_a_name_whose_result_would_not_fit_is_refused_before_the_work() -> None:
    """The limit counts bytes, not characters, of the longest key of the result."""
    longest_stem = (MAX_KEY_BYTES - len("/_review.jsonl") - len(".csv")) // 2
    ResultKeys(Drop("main", "x" * longest_stem + ".csv")).check_length()
    with pytest.raises(UserError, match=r"too long.*1026 bytes.*1024 are allowed.*shorter file name"):
        ResultKeys(Drop("main", "y" + "x" * longest_stem + ".csv")).check_length()
    with pytest.raises(UserError, match="too long"):
        ResultKeys(Drop("main", "ü" * longest_stem + ".csv")).check_length()


@given(st.from_regex(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", fullmatch=True), st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_an_address_is_parsed_from_itself(bucket: str, key: str) -> None:
    """Slashes, line ends and characters of any language in a key survive its address."""
    assert parse_s3_uri(s3_uri(bucket, key)) == (bucket, key)


@pytest.mark.parametrize("uri", ["", "claims.csv", "s3://", "s3://bucket", "https://bucket/key", "s3:///key"])
def test_what_is_no_address_is_refused_with_an_example(uri: str) -> None:
    """The sentence shows how an address looks."""
    with pytest.raises(UserError, match=r"no address of an object.*s3://bucket/name\.csv"):
        parse_s3_uri(uri)


def test_keys_of_a_training_lie_where_the_policies_allow() -> None:
    """The training role may touch these prefixes and no other."""
    assert input_key("job", "training", "a b.csv") == "inputs/job/training/a b.csv"
    assert checkpoints_key("job") == "checkpoints/job/"
    assert artifact_key("job") == "models/job/output/model.tar.gz"
    assert [training_job_of(key) for key in (artifact_key("job"), evaluation_key("job"), "9", "")] == ["job", None, None, None]
    assert evaluation_key("job") == "models/job/evaluation.json"
    assert failure_key("job") == "_work/job/failure.json"
    key = correction_key("big-tone", "0f", "predict-a-1", 7)
    assert key == f"{text_corrections_prefix('big-tone', '0f')}predict-a-1-7.json" == "corrections/big-tone/0f-predict-a-1-7.json"
    assert key.startswith(corrections_prefix("big-tone"))
    assert corrected_text_of(key) == "0f"


def test_shards_have_keys_of_their_own_that_expire() -> None:
    """Nothing that a shard writes is in another's way, taken for a result, or kept."""
    keys = ShardKeys("predict-claims-0123456789ab")
    made = [
        keys.plan,
        *(kind(shard) for kind in (keys.input, keys.results, keys.rejected, keys.review, keys.outcome) for shard in (0, 9, 10, 1000)),
    ]
    assert len(set(made)) == len(made)
    for key in made:
        assert key.startswith(f"{WORK_PREFIX}predict-claims-0123456789ab/")
        with pytest.raises(UserError):
            parse_result(key)
    assert sorted(keys.results(shard) for shard in (10, 9, 0)) == [keys.results(0), keys.results(9), keys.results(10)]
    with pytest.raises(UserError, match="JOB_ID"):
        ShardKeys("")
