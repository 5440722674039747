import { answer, api, type Schema, ifMatch } from '../../../api/client';
import type { Step } from './queries';

export const decisions = ['PASS_FIRST_REVIEW', 'APPROVE', 'RETURN', 'REJECT'] as const;
export type Decision = (typeof decisions)[number];

/** The key that takes a decision. */
export const keys: Record<Decision, string> = { PASS_FIRST_REVIEW: 'p', APPROVE: 'a', RETURN: 'r', REJECT: 'x' };

/** Decisions that a person with these permissions can take in a step. */
export function offered(step: Step, may: (permission: string) => boolean): Decision[] {
  const final = step === 'IN_FINAL_REVIEW';
  return decisions.filter((decision) => {
    if (decision === 'RETURN') return may('applications.review');
    if (decision === 'PASS_FIRST_REVIEW') return !final && may('applications.review');
    return final && may('applications.approve');
  });
}

export const needsReason = (decision: Decision) => decision === 'RETURN' || decision === 'REJECT';

/** Whether it is on a route of the organisation, whose steps are decided by those to whom the route gives them. */
export const onRoute = ({ case: held }: Schema<'Application'>): boolean => (held?.routeVersion ?? 0) > 0;

/** Decisions on the present step of a route, for those who may decide it now; `held` as the application itself says it, not a list. */
export function offeredOnRoute(held: Schema<'Case'> | undefined): Decision[] {
  if (!held?.decidable) return [];
  const last = held.step === held.steps;
  return decisions.filter((decision) => {
    if (decision === 'RETURN') return held.mayReturn;
    if (decision === 'REJECT') return held.mayReject;
    return held.mayPass && decision === (last ? 'APPROVE' : 'PASS_FIRST_REVIEW');
  });
}

const ofStep = { PASS_FIRST_REVIEW: 'PASS', APPROVE: 'PASS', RETURN: 'RETURN', REJECT: 'REJECT' } as const;

/** Decides on the version that was read: one that changed meanwhile is refused. */
export function decide(
  application: Schema<'Application'>,
  decision: Decision,
  reason: string,
  header: { 'Idempotency-Key': string },
): Promise<Schema<'Application'>> {
  const { applicationId, etag } = application;
  const params = { path: { applicationId }, header: { ...header, ...ifMatch(etag) } };
  if (onRoute(application)) {
    const body = { step: application.case?.step ?? 0, decision: ofStep[decision], reason };
    return answer(api.POST('/v1/applications/{applicationId}:decideStep', { params, body }));
  }
  switch (decision) {
    case 'PASS_FIRST_REVIEW':
      return answer(api.POST('/v1/applications/{applicationId}:passFirstReview', { params, body: {} }));
    case 'APPROVE':
      return answer(api.POST('/v1/applications/{applicationId}:approve', { params, body: {} }));
    case 'RETURN':
      return answer(api.POST('/v1/applications/{applicationId}:return', { params, body: { reason } }));
    case 'REJECT':
      return answer(api.POST('/v1/applications/{applicationId}:reject', { params, body: { reason } }));
  }
}
