"""Judge what the doctor saw: what is wrong, why it matters, and the next step."""

from __future__ import annotations

from collections.abc import Iterator

from bot.doctor.findings import Finding, ok, problem, warning
from bot.doctor.observations import Answer, Key, Observations
from bot.schema import LATEST

SECRET_LENGTH = 20
"""Characters a webhook secret should have; GitHub asks for one with high entropy."""

CLOCK_LIMIT = 30.0
"""Seconds our clock may be wrong. The App's tokens are dated 60 s back; beyond that GitHub refuses them."""

LITTLE_SPACE = 1 << 30
SOME_SPACE = 10 << 30
"""Bytes. A model stands on the disk while its gates run and while it is published."""

_LEVELS = {"read": 1, "write": 2, "admin": 3}


def diagnose(seen: Observations) -> list[Finding]:
    """Judge everything, in the order in which an operator would put it right."""
    return [
        *_settings(seen),
        *_github(seen),
        *_app(seen),
        *_webhook(seen),
        *_hub(seen),
        *_hub_tokens(seen),
        *_signing(seen),
        *_sentence_model(seen),
        *_storage(seen),
    ]


def _settings(seen: Observations) -> Iterator[Finding]:
    if seen.has_no_app:
        yield problem(
            "No GitHub App is set up",
            "The service serves nothing but the pages to register one.",
            "Run `giveback serve` and open /setup with the key it prints; or register one by hand and set "
            f"{', '.join(seen.missing)}, as docs/deploy.md says.",
        )
    for name in () if seen.has_no_app else seen.missing:
        yield problem(
            f"{name} is not set",
            "The service does not start without it.",
            f"Set {name}; docs/deploy.md says where from.",
        )
    for name, near in seen.misspelt.items():
        hint = f"Did you mean {near}?" if near else "Remove it, or see docs/deploy.md for the names."
        yield warning(f"{name} is set, but no setting has that name", "It has no effect.", hint)
    match seen.key:
        case Key.UNREADABLE:
            yield problem(
                "The private key is not a PEM file",
                "The App cannot prove who it is.",
                "Make one on the App's settings page and give the whole file, from BEGIN to END.",
            )
        case Key.NOT_RSA:
            yield problem(
                "The private key is not an RSA key",
                "GitHub's Apps sign with RSA.",
                "Use the key from the App's settings page, not an SSH or deploy key.",
            )
        case Key.FINE:
            yield ok("The private key is an RSA key")
        case Key.ABSENT:
            pass  # it is among the missing settings
    if any(length < SECRET_LENGTH for length in seen.secret_lengths):
        yield warning(
            f"A webhook secret is shorter than {SECRET_LENGTH} characters",
            "Who guesses it can make the service act on invented events.",
            "Make one with: python -c 'import secrets; print(secrets.token_hex(32))'",
        )
    elif seen.secret_lengths:
        yield ok("The webhook secret is long enough")
    if seen.dry_run:
        yield warning(
            "Dry run is on",
            "Everything is decided and recorded, nothing is changed.",
            "Unset GIVEBACK_DRY_RUN to act.",
        )


def _unreachable(answer: Answer, name: str, address: str) -> Finding | None:
    if answer.status is None:
        return problem(
            f"{name} cannot be reached at {address} ({answer.error})",
            "Nothing works without it.",
            "Check the address, the name server, the firewall and the proxy settings of this machine.",
        )
    if answer.status >= 500:
        return warning(
            f"{name} answers with an error ({answer.status})",
            "It may be having trouble itself.",
            "Try again later; deliveries are kept meanwhile.",
        )
    return None


def _github(seen: Observations) -> Iterator[Finding]:
    trouble = _unreachable(seen.github, "GitHub", seen.github_api_url)
    yield trouble or ok(f"GitHub answers at {seen.github_api_url}")
    if seen.github.clock is not None and abs(seen.github.clock) > CLOCK_LIMIT:
        side = "ahead of" if seen.github.clock > 0 else "behind"
        yield problem(
            f"This machine's clock is {abs(seen.github.clock):.0f} s {side} GitHub's",
            "GitHub refuses tokens from the future or the past.",
            "Turn on time synchronisation, for example with: timedatectl set-ntp true",
        )


def _app(seen: Observations) -> Iterator[Finding]:
    if seen.app is None or seen.app.status is None:
        return
    if not seen.app.ok:
        yield problem(
            f"GitHub does not accept the App's key ({seen.app.status})",
            "The id and key are of different Apps, the key was deleted, or the App is on another GitHub.",
            "Compare GIVEBACK_GITHUB_APP_ID and GITHUB_API_URL with the App's settings page, or make a key.",
        )
        return
    app = seen.app.fields
    yield ok(f"GitHub knows the App as {app.get('slug') or app.get('name')}")
    if app.get("slug") and app["slug"] != seen.slug:
        yield problem(
            f"GIVEBACK_SLUG is {seen.slug}, but GitHub knows the App as {app['slug']}",
            "The service does not recognise its own comments and labels, so it would write them again.",
            f"Set GIVEBACK_SLUG={app['slug']}.",
        )
    granted = app.get("permissions") or {}
    lacking = {
        name: level for name, level in seen.permissions.items() if _rank(granted.get(name)) < _rank(level)
    }
    beyond = [name for name, level in granted.items() if _rank(level) > _rank(seen.permissions.get(name))]
    deaf = [event for event in seen.events if event not in (app.get("events") or [])]
    if lacking:
        yield problem(
            f"The App lacks permissions: {', '.join(f'{name}: {level}' for name, level in lacking.items())}",
            "What needs them fails.",
            "Grant them on the App's settings page; each account that installed it has to accept.",
        )
    if beyond:
        yield warning(
            f"The App holds more permissions than it uses: {', '.join(sorted(beyond))}",
            "Whoever steals its key gets them too.",
            "Take them away on the App's settings page.",
        )
    if deaf:
        yield problem(
            f"The App does not receive the events: {', '.join(deaf)}",
            "The features that answer them stay silent.",
            "Subscribe to them on the App's settings page.",
        )
    if not lacking and not deaf:
        yield ok("The App has the permissions and events it needs")
    if app.get("installations_count") == 0:
        yield warning(
            "The App is not installed anywhere",
            "No repository sends it anything.",
            "Install it from the App's page.",
        )


def _rank(level: object) -> int:
    return _LEVELS.get(str(level), 0)


def _webhook(seen: Observations) -> Iterator[Finding]:
    if seen.public_url is None:
        yield warning(
            "GIVEBACK_PUBLIC_URL is not set",
            "The webhook's address cannot be checked, and reports cannot link to the dashboard.",
            "Set it to the address GitHub reaches this service at.",
        )
    elif seen.public_url.startswith("http://"):
        yield warning(
            "The public address is not encrypted",
            "Anybody on the way can read what GitHub sends.",
            "Put a reverse proxy with a certificate in front and use https.",
        )
    if seen.hook is None or not seen.hook.ok:
        return
    hook = seen.hook.fields
    if seen.public_url and hook.get("url") != f"{seen.public_url}/webhook":
        yield problem(
            f"GitHub sends webhooks to {hook.get('url') or 'nowhere'}",
            f"This service expects them at {seen.public_url}/webhook.",
            "Change the webhook URL on the App's settings page, or GIVEBACK_PUBLIC_URL.",
        )
    if hook.get("content_type") != "json":
        yield problem(
            "GitHub sends webhooks as forms",
            "The service reads JSON.",
            "Set the content type to application/json.",
        )
    if not hook.get("secret"):
        yield problem(
            "GitHub signs webhooks with no secret",
            "The service refuses what is not signed.",
            "Enter GIVEBACK_WEBHOOK_SECRETS on the App's settings page.",
        )
    if str(hook.get("insecure_ssl", "0")) != "0":
        yield warning(
            "GitHub does not check the service's certificate",
            "Somebody could pose as the service.",
            "Turn SSL verification on on the App's settings page.",
        )
    yield from _deliveries(seen.deliveries)


def _deliveries(answer: Answer | None) -> Iterator[Finding]:
    if answer is None or not answer.ok or not isinstance(answer.body, list) or not answer.body:
        return
    last = {
        each.get("guid"): each.get("status_code") for each in reversed(answer.body) if isinstance(each, dict)
    }
    failed = [code for code in last.values() if not isinstance(code, int) or not 200 <= code < 300]
    if not failed:
        yield ok(f"The last {len(last)} deliveries arrived")
        return
    refused = any(code == 401 for code in failed)
    yield warning(
        f"{len(failed)} of the last {len(last)} deliveries did not arrive",
        "The secret here is not the one GitHub signs with."
        if refused
        else "GitHub tries once; while the service runs, it asks for them again for three days.",
        "Set GIVEBACK_WEBHOOK_SECRETS to the App's secret."
        if refused
        else "See Advanced on the App's settings page.",
    )


def _hub_tokens(seen: Observations) -> Iterator[Finding]:
    closed = ", ".join(seen.closed_hub_tokens)
    if closed and not seen.has_hub_token_keys:
        yield problem(
            f"GIVEBACK_HUB_TOKEN_KEYS is not set, and the Hub tokens for {closed} are encrypted",
            "Nothing can be published there: another token does not stand in for them.",
            "Set the key they were encrypted with, or make one and set them again.",
        )
    elif closed:
        yield problem(
            f"No key in GIVEBACK_HUB_TOKEN_KEYS opens the Hub tokens for {closed}",
            "Nothing can be published there: another token does not stand in for them.",
            "Add the key they were encrypted with after the new one, or set them again with "
            "giveback hub-tokens set.",
        )
    if opened := [one for one in seen.hub_tokens if one not in seen.closed_hub_tokens]:
        yield ok(f"Hub tokens are kept for {', '.join(opened)}; the Hub was not asked about them")


def _hub(seen: Observations) -> Iterator[Finding]:
    if trouble := _unreachable(seen.hub, "The Hub", seen.hub_endpoint):
        yield trouble
        return
    if not seen.has_hub_token:
        yield ok(f"The Hub answers at {seen.hub_endpoint}")
        if not seen.hub_tokens:
            yield warning(
                "GIVEBACK_HUB_TOKEN is not set",
                "Models can be checked but not published.",
                "Make a fine-grained token with write access to the one organisation that publishes.",
            )
        return
    if not seen.hub.ok:
        yield problem(
            f"The Hub does not accept the token ({seen.hub.status})",
            "Models cannot be published.",
            "Make a new token on the Hub's settings page.",
        )
        return
    token = ((seen.hub.fields.get("auth") or {}).get("accessToken")) or {}
    name = seen.hub.fields.get("name")
    scopes = (token.get("fineGrained") or {}).get("scoped")
    places = [each["entity"].get("name") for each in scopes or () if "repo.write" in each["permissions"]]
    match token.get("role"):
        case "fineGrained" if places:
            yield ok(f"The Hub token of {name} may publish to {', '.join(map(str, places))}")
        case role if role == "read" or (role == "fineGrained" and scopes is not None):
            yield problem(
                f"The Hub token of {name} may not write models",
                "Models cannot be published.",
                "Make a fine-grained token with write access to the one organisation that publishes.",
            )
        case "write" | "admin":
            yield warning(
                f"The Hub token of {name} may write everywhere its owner may",
                "Whoever steals it can change every model of theirs.",
                "Use a fine-grained token limited to the one organisation that publishes.",
            )
        case _:
            yield ok(f"The Hub knows the token as {name}'s")


def _signing(seen: Observations) -> Iterator[Finding]:
    if seen.signing_key:
        yield problem(
            f"The signing key cannot be used: {seen.signing_key}",
            "Every release ends before anything is sent to the Hub.",
            "Set GIVEBACK_SIGNING_KEY_PATH to one that docs/attestations.md makes, or unset it.",
        )
    elif seen.unsigned:
        yield warning(
            f"Published models are not signed: {seen.unsigned}",
            "Nobody can tell later whether a model on the Hub was released here.",
            "docs/attestations.md says how to make a key and what to install.",
        )
    else:
        yield ok("Published models are signed")


def _sentence_model(seen: Observations) -> Iterator[Finding]:
    if seen.sentence_model:
        yield warning(
            f"The sentence model cannot be used: {seen.sentence_model}",
            "Similar issues are found, and types told, by words alone.",
            "docs/features/duplicates.md says how to make the folder; or unset GIVEBACK_SENTENCE_MODEL.",
        )
    elif seen.has_sentence_model:
        yield ok("The sentence model can be used")


def _storage(seen: Observations) -> Iterator[Finding]:
    database = seen.database
    if database.error:
        yield problem(
            f"The database does not work: {database.error}",
            "Deliveries could not be kept.",
            "Check DATABASE_URL or GIVEBACK_STATE, and who may write there.",
        )
    elif database.journal != "wal":
        yield problem(
            f"The disk cannot hold a write-ahead log (the journal is {database.journal!r})",
            "SQLite would be slow, and is not safe on a network disk.",
            "Put GIVEBACK_STATE on a local disk, or use PostgreSQL.",
        )
    elif (database.schema or "") > LATEST:
        yield problem(
            f"The database has schema {database.schema}, and this version knows those up to {LATEST}",
            "A newer version has used it, so this one refuses to start.",
            "Start that one again, or restore the backup made before the upgrade.",
        )
    else:
        yield ok(f"The database ({database.kind}) can be written")
    free = f"{seen.free_bytes / (1 << 30):.1f} GiB"
    if seen.free_bytes < SOME_SPACE:
        judge = problem if seen.free_bytes < LITTLE_SPACE else warning
        yield judge(
            f"Only {free} are free on the disk",
            "A model stands there while it is checked and published, and deliveries are kept there.",
            "Free some space, or point GIVEBACK_STATE at a larger disk.",
        )
    else:
        yield ok(f"{free} are free on the disk")
