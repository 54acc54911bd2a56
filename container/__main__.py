"""The image's one entry point: its verbs are the arguments that SageMaker and Batch pass."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from container import failures
from container.paths import ROOT_VARIABLE, Paths, default_root
from contract.commands import JOIN, PLAN, PREDICT
from contract.container_environments import ArrayChildEnvironment, PredictionEnvironment
from contract.documents import Failure
from contract.errors import UserError
from contract.promise import DEFAULT_MAX_ERROR, MAX_ERRORS, check_max_error

# Heavy modules are imported by the verb that needs them: --help is instant, and predict loads no MXNet.
# ruff: noqa: PLC0415


PORT_VARIABLE, DEFAULT_PORT = "SAGEMAKER_BIND_TO_PORT", "8080"  # SageMaker's
INTERRUPTED = 128 + signal.SIGINT  # as shells count it


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit status: 0, 1 (failed), 2 (bad usage or bad input)."""
    given = _parser().parse_args(arguments)
    try:
        status: int = given.run(given)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m container",
        description="Trains a text classifier, or classifies a table with one. Exit status: 0 done, 1 failed, 2 bad usage or bad input.",
    )
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    root = argparse.ArgumentParser(add_help=False)
    root.add_argument(
        "--root",
        type=Path,
        default=default_root(),
        metavar="DIR",
        help=f"the folder with SageMaker's shape (default: {ROOT_VARIABLE} of the environment, or SageMaker's own; now %(default)s)",
    )
    train = verbs.add_parser(
        "train",
        parents=[root],
        help="train a model on DIR/input/data/training",
        description="Reads the channels training and, when they are there, validation, test, champion (the current model's"
        " model.tar.gz, to be scored on the same rows), corrections (a JSON file for each text of which somebody said something),"
        " blazingtext (the model.tar.gz that BlazingText left, for engine=blazingtext and auto) and vectors (a spaCy vectors folder)"
        " below DIR/input/data, and DIR/input/config/hyperparameters.json."
        " Writes the model to DIR/model, or the reason of its failure to DIR/output/failure."
        " SIGTERM stops it after the step at hand; started again, it goes on from DIR/checkpoints.",
    )
    train.set_defaults(run=_train)
    source = argparse.ArgumentParser(add_help=False, parents=[root])
    source.add_argument("--input", required=True, metavar="X", help="a file, or s3://bucket/key")
    source.add_argument("--output", required=True, metavar="Y", help="a folder kept for this file's results, or s3://bucket/prefix/")
    source.add_argument("--model", metavar="M", help="a folder, a model.tar.gz, or the s3:// address of one (default: DIR/model)")
    predict = verbs.add_parser(
        PREDICT,
        parents=[source],
        help="classify every row of a table",
        description="Writes the same rows in the same order with labels, FILE_rejected.csv when rows had to be refused, and last"
        " summary.json: without it there is no result. As the child of a Batch array job, it classifies one shard.",
    )
    predict.add_argument("--neutralise-all", action="store_true", help="also disarm what a spreadsheet would run in the original columns")
    predict.add_argument("--explain", action="store_true", help="add a column with the words that moved each decision; much slower")
    predict.add_argument(
        "--max-error",
        type=_max_error,
        metavar="PERCENT",
        help=f"how many may be wrong among the rows that need no review: {', '.join(MAX_ERRORS)} (default: as the file's owner asked,"
        f" or MAX_ERROR of the environment, or {DEFAULT_MAX_ERROR})",
    )
    predict.add_argument("--engine", default="", metavar="NAME", help="what computes: numpy or the name of a kernel (default: the fastest)")
    predict.add_argument("--workers", type=_count, default=0, metavar="N", help="processes that classify (default: one per core)")
    predict.set_defaults(run=_predict)
    plan = verbs.add_parser(
        PLAN,
        parents=[source],
        help="cut a large table into shards, for Batch",
        description="X and Y are s3:// addresses. Leaves the plan of the job that JOB_ID names below _work/ of Y's bucket.",
    )
    plan.add_argument("--shards", required=True, type=_count, metavar="N", help="how many; some may be empty")
    plan.set_defaults(run=_plan)
    join = verbs.add_parser(
        JOIN,
        help="publish what came of all shards, for Batch",
        description="Publishes below Y, an s3:// address, as predict does, and the same bytes.",
    )
    join.add_argument("--output", required=True, metavar="Y", help="s3://bucket/prefix/")
    join.set_defaults(run=_join)
    serve = verbs.add_parser(
        "serve",
        parents=[root],
        help="answer questions over HTTP",
        description="GET /ping and POST /invocations, as SageMaker asks. SIGTERM ends it when the requests under way are answered.",
    )
    serve.add_argument("--model", metavar="M", help="a folder, a model.tar.gz, or the s3:// address of one (default: DIR/model)")
    port = os.environ.get(PORT_VARIABLE, DEFAULT_PORT)
    serve.add_argument("--port", type=_count, default=port, metavar="N", help="where to listen (default: %(default)s)")
    serve.add_argument("--engine", default="", metavar="NAME", help="what computes: numpy or the name of a kernel (default: the fastest)")
    serve.set_defaults(run=_serve)
    smoke = verbs.add_parser(
        "smoke",
        help="whether this image works here",
        description="Trains and predicts on a few rows of its own. On a GPU it first compares the network's outputs and gradients"
        " with the CPU's.",
    )
    smoke.add_argument("--accelerator", choices=("cpu", "gpu"), default="cpu", help="what is to compute (default: %(default)s)")
    smoke.set_defaults(run=_smoke)
    sbom = verbs.add_parser(
        "sbom",
        help="what this image is made of",
        description="Prints a software bill of materials, in CycloneDX's JSON, of every Python and Debian package in this image.",
    )
    sbom.set_defaults(run=_sbom)
    return parser


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number above 0")
    return int(text)


def _max_error(text: str) -> str:
    try:
        return check_max_error(text)
    except UserError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _train(given: argparse.Namespace) -> int:
    from container.stopping import stop_flag

    should_stop = stop_flag()
    paths = Paths(given.root)
    # Read when MXNet is imported, which uses one core unless told. Threads that wait must not spin: others may need the core.
    os.environ.setdefault("OMP_NUM_THREADS", str(len(os.sched_getaffinity(0))))
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")

    def verb() -> None:
        from container.cuda import make_importable

        with _importing():
            make_importable()
            from container.train import prepare, train
            from contract.container_environments import TrainingEnvironment
        environment = TrainingEnvironment.from_env()
        if environment.prepared_uri:
            prepare(paths, environment.prepared_uri)
        else:
            train(paths, environment, should_stop)

    def report(failure: Failure) -> None:
        paths.failure.parent.mkdir(parents=True, exist_ok=True)
        paths.failure.write_text(failures.shortened(failures.sentence(failure)), encoding="utf-8", errors="backslashreplace")

    return failures.run(verb, report)


def _predict(given: argparse.Namespace) -> int:
    _one_thread()  # the cores are used by processes

    def verb(environment: PredictionEnvironment) -> None:
        with _importing():
            if environment.accelerator == "gpu":
                from container.cuda import make_importable

                make_importable()
            from container.predict import Request, predict

        request = Request(
            given.input,
            given.output,
            _model(given),
            is_neutralising_all=given.neutralise_all,
            workers=given.workers,
            is_explained=given.explain,
            max_error=given.max_error or "",
            engine=given.engine,
        )
        shard = ArrayChildEnvironment.from_env().aws_batch_job_array_index
        if shard < 0:
            predict(request, environment)
        else:
            from container.shard import predict_shard

            predict_shard(request, environment, shard)

    return _prediction(verb, given.output)


def _plan(given: argparse.Namespace) -> int:
    def verb(environment: PredictionEnvironment) -> None:
        from container.plan import PlanRequest, plan

        plan(PlanRequest(given.input, given.output, _model(given), given.shards), environment)

    return _prediction(verb, given.output)


def _join(given: argparse.Namespace) -> int:
    def verb(environment: PredictionEnvironment) -> None:
        from container.join import join

        join(given.output, environment)

    return _prediction(verb, given.output)


def _serve(given: argparse.Namespace) -> int:
    _one_thread()

    def verb() -> None:
        from container.serve import ServeRequest, serve

        environment = PredictionEnvironment.from_env()
        max_error = check_max_error(environment.max_error)
        serve(ServeRequest(_model(given), given.port, environment.accelerator, given.engine, max_error))

    return failures.run(verb, report=lambda failure: None)


def _smoke(given: argparse.Namespace) -> int:
    from tempfile import TemporaryDirectory

    from container.cuda import make_importable
    from container.smoke import smoke

    make_importable()
    os.environ["ACCELERATOR"] = given.accelerator  # where the verbs that it runs look
    with TemporaryDirectory() as folder:
        return failures.run(lambda: smoke(main, Path(folder), given.accelerator), report=lambda failure: None)


def _sbom(_: argparse.Namespace) -> int:
    import json

    from container.sbom import bill_of_materials

    print(json.dumps(bill_of_materials(), indent=2))
    return 0


@contextmanager
def _importing() -> Iterator[None]:
    """While it lasts nobody looks for garbage, nor later in what was made meanwhile: what libraries make when imported is none."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _one_thread() -> None:
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # read when NumPy is imported
        os.environ.setdefault(variable, "1")


def _model(given: argparse.Namespace) -> str:
    """The model that a command line names, or the one below the root."""
    return given.model or str(Paths(given.root).model)


def _prediction(verb: Callable[[PredictionEnvironment], None], output: str) -> int:
    """Run a verb of a prediction; the reason of its failure is left in the bucket of its output."""
    from container.stopping import raise_on_stop

    raise_on_stop()

    return failures.run(lambda: verb(PredictionEnvironment.from_env()), lambda failure: failures.leave_beside(output, failure))


def _leave(status: int) -> NoReturn:
    """End the process at once: to take a model's objects apart one by one takes longer than to classify ten rows."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    _leave(main())
