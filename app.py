"""Synthesizes the stacks; `cdk` runs it, and `CDK_OUTDIR=cdk.out python app.py` does the same without it."""

import sys
from pathlib import Path

from aws_cdk import App

from contract.errors import UserError
from stacks.application import compose, file_context
from stacks.cost import write_cost

# Traces of where each construct was made would differ from one synthesis to the next.
context = {**file_context(), "aws:cdk:disable-creation-stack-traces": True}
app = App(context=context, analytics_reporting=False, auto_synth=False)
try:
    compose(app)
except UserError as error:
    sys.exit(str(error))
assembly = app.synth()
write_cost(Path(assembly.directory), {stack.stack_name: Path(stack.template_full_path) for stack in assembly.stacks})
