"""Chapter 7: what the registry does not take, does not show and does not do."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from config.demo.api import call
from config.demo.scene import Scene
from partners.signing import new_secret, sign


def mistakes_and_intruders(scene: Scene) -> None:
    scene.account.chapter("Mistakes and intruders")
    _wrong_ssin(scene)
    _stale_version(scene)
    _foreign_decision(scene)
    _person_without_file(scene)
    _right_without_authorisation(scene)
    _forged_message(scene)


def _wrong_ssin(scene: Scene) -> None:
    body = scene.aid(scene.cast.family, "wrong").as_json()
    right = body["ssin"]
    wrong = right[:9] + f"{(int(right[9:]) + 1) % 97:02}"
    answer = scene.registry.client("cpas-namur").ask("POST", "/decisions", body | {"ssin": wrong})
    issue = next(iter(answer.body.get("issues", [{}])))
    scene.account.check(
        f'A mistyped SSIN is refused, and the answer says why: "{issue.get("detail")}"',
        (answer.status, issue.get("name")) == (400, "ssin"),
        answer.body,
    )
    scene.account.check(
        "The refusal does not repeat the number", wrong not in json.dumps(answer.body), answer.body
    )


def _stale_version(scene: Scene) -> None:
    decision = scene.decisions["stopped"]
    answer = scene.registry.client("cpas-antwerpen").ask(
        "POST",
        f"/decisions/{decision['decisionId']}/cancellation",
        {"reason": "Decided without having seen the stop"},
        If_Match='"1"',
    )
    scene.account.check(
        "A colleague who still looks at the decision as it was before the stop cannot overwrite it",
        (answer.status, answer.problem) == (412, "staleVersion"),
        answer.body,
    )


def _foreign_decision(scene: Scene) -> None:
    path = f"/decisions/{scene.decisions['family']['decisionId']}"
    answer = scene.registry.client("cpas-eupen").ask("GET", path)
    scene.account.check(
        "For Eupen, the decision of Namur does not exist", answer.status == 404, answer.body
    )


def _person_without_file(scene: Scene) -> None:
    ssin = scene.cast.claimed.holder.ssin
    found = scene.registry.client("mutualities").rights("bim", [ssin], scene.on)[ssin]
    scene.account.equal(
        "Of a person on whom they hold no file, the health insurance funds learn nothing",
        found,
        {"ssin": ssin, "right": "bim", "outcome": "notAvailable"},
    )


def _right_without_authorisation(scene: Scene) -> None:
    energy = scene.registry.client("energyAdministration")
    question = {
        "legalContext": energy.legal_context,
        "ssin": scene.cast.family.holder.ssin,
        "rights": ["bim"],
        "date": scene.on.isoformat(),
    }
    answer = energy.ask("POST", "/rights/query", question)
    scene.account.check(
        "The energy administration may not ask for a right that its authorisation does not name",
        (answer.status, answer.problem) == (403, "missingPermission"),
        answer.body,
    )


def _forged_message(scene: Scene) -> None:
    message = {"id": f"forged-{scene.telling}", "type": "forged"}
    body = json.dumps(message).encode()
    headers = sign(
        message_id=message["id"], timestamp=datetime.now(UTC), body=body, keys=[new_secret()]
    )
    answer = call("POST", f"{scene.registry.receiver_url}/hooks/mutualities", message, headers)
    scene.account.equal(
        "A message that somebody else signed is refused by the recipient", answer.status, 401
    )
