import type { Problem } from './problem';

/** What the platform asks for instead of refusing: see `X-Proof-Of-Work` in the API reference. */
export interface Puzzle {
  challenge: string;
  difficulty: number;
}

/** Numbers tried before the page may do something else: some ten milliseconds. */
const CHUNK = 10_000;

/** How many zero bits a hash begins with. */
function zeroBits(hash: Uint8Array): number {
  const first = hash.findIndex((byte) => byte !== 0);
  return first < 0 ? 8 * hash.length : 8 * first + Math.clz32(hash[first] ?? 0) - 24;
}

/** Solves a puzzle, in pieces, so that the page goes on meanwhile. Rejects when it is given up. */
export async function solve({ challenge, difficulty }: Puzzle, signal?: AbortSignal): Promise<string> {
  // Puzzles are rare: the page loads without what solves them.
  const { sha256 } = await import('@noble/hashes/sha2.js');
  const { utf8ToBytes } = await import('@noble/hashes/utils.js');
  // The texts share a prefix, which is hashed once. `crypto.subtle` answers by promises, which costs far more than such a
  // short hash.
  const beginning = sha256.create().update(utf8ToBytes(`${challenge}:`));
  for (let number = 0; ; number++) {
    const hash = beginning
      .clone()
      .update(utf8ToBytes(String(number)))
      .digest();
    if (zeroBits(hash) >= difficulty) return `${challenge}:${number}`;
    if (number % CHUNK === CHUNK - 1) {
      await new Promise((resolve) => setTimeout(resolve));
      signal?.throwIfAborted();
    }
  }
}

const listeners = new Set<(working: boolean) => void>();

/** Tells when a security check begins and ends. Returns how to stop. */
export function onProofOfWork(listen: (working: boolean) => void): () => void {
  listeners.add(listen);
  return () => listeners.delete(listen);
}

/** The header that carries a solution. */
export const HEADER = 'X-Proof-Of-Work';
/** A network may change while the browser works; then there is another puzzle. More are not solved for one request. */
const MOST = 3;

/** Sends a request, and again with the solution when the platform asks for a proof of work. `send` gets a fresh copy each time. */
export async function withProofOfWork(
  request: Request,
  send: (request: Request) => Promise<Response>,
): Promise<Response> {
  let response = await send(request.clone());
  for (let nth = 0; nth < MOST; nth++) {
    const puzzle = await puzzleOf(response);
    if (!puzzle) return response;
    listeners.forEach((listen) => listen(true));
    try {
      const copy = request.clone();
      copy.headers.set(HEADER, await solve(puzzle, request.signal));
      response = await send(copy);
    } finally {
      listeners.forEach((listen) => listen(false));
    }
  }
  return response;
}

async function puzzleOf(response: Response): Promise<Puzzle | undefined> {
  if (response.status !== 429) return undefined;
  const problem = (await response
    .clone()
    .json()
    .catch(() => undefined)) as (Partial<Problem> & { proof_of_work?: Puzzle }) | undefined;
  return problem?.code === 'PROOF_OF_WORK_REQUIRED' ? problem.proof_of_work : undefined;
}
