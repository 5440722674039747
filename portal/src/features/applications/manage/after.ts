import type { Schema } from '../../../api/client';
import type { Step } from './queries';

type Page = Schema<'ListApplicationsResponse'>;
type Application = Schema<'Application'>;

/** A decided application, as far as the queue has to know it. */
export type Decided = Pick<Application, 'applicationId' | 'state'> & Partial<Application>;

/**
 * A page of a queue after decisions. What still waits in this step, because others have to decide it as well, stays as it is now; what
 * left is taken out, and counted where it waits from now on.
 */
export function after(page: Page, step: Step, decided: readonly Decided[]): Page {
  const now = new Map(decided.map((one) => [one.applicationId, one]));
  const came = (state: Step) => decided.filter((one) => one.state === state).length;
  const moved = (state: Step) => came(state) - (state === step ? decided.length : 0);
  return {
    ...page,
    applications: page.applications.flatMap((application) => {
      const one = now.get(application.applicationId);
      if (!one) return [application];
      return one.state === step ? [{ ...application, ...one }] : [];
    }),
    inFirstReview: page.inFirstReview + moved('IN_FIRST_REVIEW'),
    inFinalReview: page.inFinalReview + moved('IN_FINAL_REVIEW'),
  };
}
