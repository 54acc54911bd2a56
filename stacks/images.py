"""Which images a deployment needs and what they are called: known at synth, plain strings to every stack."""

from __future__ import annotations

from dataclasses import dataclass

from stacks.image_tag import image_tag
from stacks.settings import Settings
from stacks.sources import image_context


@dataclass(frozen=True)
class Image:
    """One flavour of the image: its tag and what `docker build` is told."""

    accelerator: str  # gpu or cpu
    tag: str
    build_arguments: dict[str, str]
    commit: str  # of the kit


def images(settings: Settings, *, commit: str) -> dict[str, Image]:
    """The images by accelerator: the CPU one always, for jobs that need no GPU; the GPU one when the settings ask for it."""
    accelerators = ("gpu", "cpu") if settings.is_gpu else ("cpu",)
    with image_context() as context:
        found = {}
        for accelerator in accelerators:
            arguments = {"ACCEL": accelerator, "BASE": settings.base_image, "SPACY_MODEL": settings.spacy_model}
            found[accelerator] = Image(accelerator, image_tag(accelerator, context, arguments), arguments, commit)
    return found
