import i18next from 'i18next';

/** One field that was refused: its JSON path and what to do about it, in the reader's language. */
export interface Violation {
  field: string;
  description: string;
}

/** Refusals whose words on the platform are written for those who program against it; here they are said to people. */
const reworded = new Set([
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
  'PERSON_REQUIRED',
  'CROSS_SITE_REQUEST',
  'MALFORMED_REQUEST',
  'REQUEST_TIMEOUT',
  'BODY_TOO_LARGE',
  'PROOF_OF_WORK_REQUIRED',
  'TOO_MANY_CONNECTIONS',
  'INTERNAL',
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
]);

/** Refusals that only a fault of the portal itself brings about. */
const faults: Record<string, string> = {
  TOKEN_INVALID: 'UNAUTHENTICATED',
  METHOD_NOT_ALLOWED: 'REFUSED',
  REQUEST_ID_REUSED: 'REFUSED',
  PAGE_TOKEN_INVALID: 'REFUSED',
  UNSUPPORTED_MEDIA_TYPE: 'REFUSED',
  HOST_INVALID: 'REFUSED',
};

/** What is said when whatever stands before the platform answered in its place, with a page or a word like "Bad Gateway". */
const byStatus = (status: number): string =>
  status === 401
    ? 'UNAUTHENTICATED'
    : status === 403
      ? 'PERMISSION_DENIED'
      : status === 413
        ? 'BODY_TOO_LARGE'
        : status === 429
          ? 'TOO_MANY_REQUESTS'
          : status >= 500
            ? 'UNAVAILABLE'
            : 'REFUSED';

/** The name of the words for people; undefined where the platform's own are for people already. */
function wordsFor(status: number, code: string): string | undefined {
  if (!code) return byStatus(status);
  return reworded.has(code) ? code : faults[code];
}

/** A refusal as the platform words it (RFC 9457), or what stands in for it when the platform cannot be reached. */
export class Problem extends Error {
  private constructor(
    /** HTTP status; 0 when there was no answer. */
    readonly status: number,
    /** Stable code, e.g. `SEATS_TAKEN`. */
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly violations: readonly Violation[],
    readonly traceId: string | undefined,
  ) {
    super(title);
    this.name = 'Problem';
  }

  static async of(response: Response): Promise<Problem> {
    const body: unknown = await response.json().catch(() => undefined);
    const said = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
    const text = (name: string): string => {
      const value = said[name];
      return typeof value === 'string' ? value : '';
    };
    const listed = said['violations'];
    const violations = Array.isArray(listed) ? (listed as Violation[]) : [];
    const words = wordsFor(response.status, text('code'));
    return new Problem(
      response.status,
      text('code') || 'UNKNOWN',
      words ? i18next.t(`refusal.${words}.title`, { ns: 'app' }) : text('title'),
      words ? i18next.t(`refusal.${words}.text`, { ns: 'app' }) : text('detail'),
      violations,
      text('trace_id') || undefined,
    );
  }

  static unreachable(): Problem {
    const words = (part: string) => i18next.t(`refusal.UNREACHABLE.${part}`, { ns: 'app' });
    return new Problem(0, 'UNREACHABLE', words('title'), words('text'), [], undefined);
  }

  /** Worth another try without the person changing anything. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** What went wrong, whatever was thrown. */
export function problemOf(error: unknown): Problem {
  return error instanceof Problem ? error : Problem.unreachable();
}
