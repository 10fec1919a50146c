"""``boothd privacy entities``: the types of numbers that privacy masking knows."""

from __future__ import annotations

import click

from daemon.cli.session import Session, json_option, pass_session


@click.command
@click.option("--profile", default="", metavar="NAME")
@json_option
@pass_session
def entities(session: Session, *, profile: str, as_json: bool) -> None:
    from daemon.catalogue.privacy import book  # noqa: PLC0415 - commands load what they use
    from daemon.catalogue.privacy.listing import covering, entity_json  # noqa: PLC0415 - as above
    from daemon.config.wording import nearest  # noqa: PLC0415 - as above
    from daemon.errors import UsageError  # noqa: PLC0415 - as above

    known, console = book(), session.console
    if profile and profile not in known.profiles:
        near = nearest(profile, known.profiles) or ", ".join(known.profiles)
        hint = console.text("did_you_mean", near=near)
        raise UsageError(console.text("no_privacy_profile", profile=profile) + hint)
    found = [
        one for one in known.entities.values() if not profile or profile in covering(one, known)
    ]
    if as_json:
        for one in found:
            console.data(entity_json(one, known))
        return
    rows = [
        (
            one.id,
            one.zh if console.language == "zh" else one.en,
            one.kind,
            console.text(f"needs_{one.default}"),
            one.scheme or "–",
            ", ".join(covering(one, known)) or "–",
        )
        for one in found
    ]
    columns = ("type", "name", "class", "needs", "check_digit", "profiles")
    console.table([console.text(f"column_{name}") for name in columns], rows)
    console.say("privacy_entities_footnote", count=len(rows))
