"""`plan`: what a training would take here, before it begins."""

from typing import Annotated

import typer

from housegan.cli.arguments import Changes, say
from housegan.errors import WrongUsageError


def add_to(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(plan)


def plan(
    pretrain: Annotated[str | None, typer.Option(metavar="SET", help="The larger related set.")] = None,
    finetune: Annotated[str | None, typer.Option(metavar="SET", help="The small set to learn.")] = None,
    data: Annotated[str | None, typer.Option(metavar="SET", help="One set alone, in one stage.")] = None,
    recipe: Annotated[str | None, typer.Option(help="A recipe's name; left out, the one that the set names.")] = None,
    hours: Annotated[float, typer.Option(metavar="H", min=0.01, help="How long training may take.")] = 12,
    seconds: Annotated[float, typer.Option(metavar="S", min=1, help="How long to measure.")] = 60,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    precision: Annotated[str, typer.Option(help="auto, fp32, bf16 or fp16.")] = "auto",
    changes: Changes = [],
) -> None:
    """Measure for a minute what training would take on this machine.

    Example: `housegan plan --pretrain socal --finetune imaginary --hours 24`

    Says pictures a second, hours to each milestone, memory and disk for each size, and which size it would choose.
    """
    import torch

    from housegan.config import load_recipe, load_set
    from housegan.curated import current_set
    from housegan.train.console import lasting
    from housegan.train.device import chosen_device, chosen_precision
    from housegan.train.memory import memory_there
    from housegan.train.plan import MILESTONES, chosen, disk_there, paces, sizes_up_to

    target = data or finetune
    if target is None or (data and (pretrain or finetune)):
        raise WrongUsageError("Say what to learn: --pretrain A --finetune B for two stages, or --data B for one.")
    name = recipe or load_set(target).recipe
    config = load_recipe(name, changes)
    packs = [current_set(one, at_least=64) for one in (pretrain, target) if one]
    where = chosen_device(device)
    how = chosen_precision(precision, where)
    say(f"Recipe {name}, batch {config.finetune.batch}, {where.type} {how}, {torch.get_num_threads()} threads")
    milestones = "".join(f"{f'{images // 1000:,}k images':>14}" for images in MILESTONES)
    say(f"{'size':>6}{'a second':>10}{milestones}{'memory':>10}{'disk':>10}")
    found = []
    sizes = sizes_up_to(min(pack.size for pack in packs))
    for pace in paces(config, sizes, device=where, precision=how, seconds=seconds):
        found.append(pace)
        times = "".join(f"{lasting(pace.hours(images) * 3600):>14}" for images in MILESTONES)
        memory, disk = (f"{size / 1e9:.1f} GB" for size in (pace.memory.total, pace.disk_bytes))
        say(f"{pace.size:>6}{pace.images_per_second:>10.3g}{times}{memory:>10}{disk:>10}")
    best = chosen(found, images=MILESTONES[1] * len(packs), hours=hours, memory_bytes=memory_there(where))
    say(
        f"For {hours:g} hours: --size {best.size} ({best.hours(MILESTONES[1] * len(packs)):.1f} h for "
        f"{MILESTONES[1] // 1000}k images a stage)."
    )
    if disk_there() < best.disk_bytes:
        say(f"The disk has {disk_there() / 1e9:.1f} GB free, less than a run may take: lower watch.snapshot_disk_mb.")
    stages = f"--pretrain {pretrain} --finetune {target}" if pretrain else f"--data {target}"
    budget = "+".join(["200k"] * len(packs))
    say(f"Next: housegan train {stages} --recipe {name} --size {best.size} --images {budget}")
