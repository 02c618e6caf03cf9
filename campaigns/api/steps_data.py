"""A campaign's steps as plain data, the same for every address of the API that tells of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rest_framework.request import Request

from campaigns.api.steps_serializers import EvidenceSerializer, MissingSerializer, StepSerializer, StepsSerializer
from campaigns.models import Campaign, Evidence, StepVerb, StepWorkflow
from campaigns.steps.loading import Situation, read_situation
from campaigns.steps.refreshing import words_of
from campaigns.steps.standing import CriterionStands, SignStands, StepStands, who_acts
from campaigns.steps.telling import step_path


@dataclass(frozen=True)
class _Read:
    """What the data of a step is made from; `at` makes an address of this site from a path."""

    campaign: Campaign
    evidence: Mapping[int, Evidence]
    attached: Mapping[str, list[StepWorkflow]]
    at: Callable[[str], str]


def all_steps(campaign: Campaign, request: Request) -> dict[str, Any]:
    """The steps in order. As many queries for a thousand pieces of evidence as for none."""
    situation = read_situation(campaign)
    read = _read(campaign, request)
    current = situation.standing.current
    data = {
        "campaign": campaign.slug,
        "template": situation.process.version,
        "current": current.key if current else None,
        "steps": [_step(step, read) for step in situation.standing.steps],
    }
    return dict(StepsSerializer(data).data)


def one_step(campaign: Campaign, key: str, request: Request) -> dict[str, Any]:
    """A step as it stands now; the key must be one of the campaign's steps."""
    return dict(StepSerializer(_step(standing(read_situation(campaign), key), _read(campaign, request))).data)


def standing(situation: Situation, key: str) -> StepStands:
    step = situation.standing.step(key)
    assert step is not None
    return step


def missing_of(step: StepStands) -> list[dict[str, Any]]:
    """What is missing in a step, in machine form."""
    return [dict(one) for one in MissingSerializer([_missing(one) for one in step.missing], many=True).data]


def evidence_data(evidence: Evidence, request: Request) -> dict[str, Any]:
    """One piece of evidence."""
    return dict(EvidenceSerializer(_evidence(evidence, request.build_absolute_uri)).data)


def _read(campaign: Campaign, request: Request) -> _Read:
    rows = Evidence.objects.filter(campaign=campaign).select_related("author", "workflow")
    attached: dict[str, list[StepWorkflow]] = defaultdict(list)
    for one in StepWorkflow.objects.filter(campaign=campaign).select_related("workflow", "added_by"):
        attached[one.step].append(one)
    return _Read(campaign, {row.pk: row for row in rows}, attached, request.build_absolute_uri)


def _step(step: StepStands, read: _Read) -> dict[str, Any]:
    done = step.completed
    return {
        "key": step.key,
        "position": step.step.position,
        "title": step.step.title,
        "url": read.at(step_path(read.campaign, step.key)),
        "state": step.state,
        "words": words_of(step),
        "opened_at": step.opened_at,
        "completed_at": done.at if done else None,
        "completed_by": done.actor_name if done else None,
        "revision": step.print.fingerprint,
        "fingerprint": step.print.short,
        "parts": step.print.parts,
        "may_be_completed": step.may_be_completed,
        "blocked_by": step.blocked_by,
        "n_criteria": len(step.criteria),
        "n_held": step.n_held,
        "missing": [_missing(one) for one in step.missing],
        "criteria": [_criterion(one, read) for one in step.criteria],
        "sign_offs": [_sign_off(one) for one in step.signs.values()],
        "workflows": [_workflow(one) for one in read.attached.get(step.key, ())],
    }


def _missing(one: CriterionStands) -> dict[str, Any]:
    return {
        "key": one.key,
        "text": one.criterion.text,
        "kind": one.criterion.kind,
        "state": one.state,
        "who": who_acts(one),
        "saw": one.saw,
    }


def _criterion(one: CriterionStands, read: _Read) -> dict[str, Any]:
    decided = one.act.data if one.act is not None and one.act.verb == StepVerb.DECIDED else {}
    return {
        "key": one.key,
        "text": one.criterion.text,
        "kind": one.criterion.kind,
        "who": one.criterion.who,
        "state": one.state,
        "saw": one.saw,
        "since": one.since,
        "by": one.act.actor_name if one.act is not None else None,
        "as_of": one.fact.as_of if one.fact else None,
        "checked_at": one.fact.checked_at if one.fact else None,
        "agreed": decided.get("is_agreed"),
        "meeting_on": decided.get("meeting_on"),
        "evidence": _known(one.evidence, read),
        "withdrawn": _known(one.withdrawn, read),
    }


def _known(pks: Iterable[int], read: _Read) -> list[dict[str, Any]]:
    return [_evidence(read.evidence[pk], read.at) for pk in pks if pk in read.evidence]


def _evidence(evidence: Evidence, at: Callable[[str], str]) -> dict[str, Any]:
    return {
        "id": evidence.pk,
        "kind": evidence.kind,
        "text": evidence.text,
        "url": at(evidence.url) if evidence.log_entry else evidence.url,
        "file_url": at(evidence.get_absolute_url()) if evidence.file else "",
        "file_name": evidence.file_name,
        "size_bytes": evidence.size_bytes,
        "workflow_id": evidence.workflow.justin_id if evidence.workflow else None,
        "log_entry": evidence.log_entry,
        "sha256": evidence.sha256,
        "author": evidence.author.username,
        "at": evidence.at,
    }


def _sign_off(sign: SignStands) -> dict[str, Any]:
    act = sign.act
    return {
        "team": sign.team,
        "state": sign.state,
        "by": act.actor_name if act else None,
        "at": act.at if act else None,
        "comment": act.note if act else "",
        "revision": act.fingerprint if act else "",
        "parts": act.data.get("parts", {}) if act else {},
        "why": sign.why,
        "ended_at": sign.ended_at,
        "changed": sign.changed,
    }


def _workflow(one: StepWorkflow) -> dict[str, Any]:
    return {
        "workflow_id": one.workflow.justin_id,
        "use": one.use,
        "scope": one.workflow.scope_name,
        "status": one.workflow.state,
        "attached_by": one.added_by.username if one.added_by else None,
        "attached_at": one.added_at,
    }
