/** One field that was refused: its JSON path and what to do about it, in the reader's language. */
export interface Violation {
  field: string;
  description: string;
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
    return new Problem(
      response.status,
      text('code') || 'UNKNOWN',
      text('title') || response.statusText,
      text('detail'),
      violations,
      text('trace_id') || undefined,
    );
  }

  static unreachable(): Problem {
    return new Problem(0, 'UNREACHABLE', '', '', [], undefined);
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
