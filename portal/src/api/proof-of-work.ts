/* eslint-disable @typescript-eslint/no-non-null-assertion -- Every index lies within an array of fixed length. */
import type { Problem } from './problem';

/** What the platform asks for instead of refusing: see `X-Proof-Of-Work` in the API reference. */
export interface Puzzle {
  challenge: string;
  difficulty: number;
}

/** Numbers tried before the page may do something else: some ten milliseconds. */
const CHUNK = 20_000;

const K = Int32Array.from(
  [
    '428a2f98 71374491 b5c0fbcf e9b5dba5 3956c25b 59f111f1 923f82a4 ab1c5ed5 d807aa98 12835b01 243185be 550c7dc3 72be5d74 80deb1fe 9bdc06a7 c19bf174',
    'e49b69c1 efbe4786 0fc19dc6 240ca1cc 2de92c6f 4a7484aa 5cb0a9dc 76f988da 983e5152 a831c66d b00327c8 bf597fc7 c6e00bf3 d5a79147 06ca6351 14292967',
    '27b70a85 2e1b2138 4d2c6dfc 53380d13 650a7354 766a0abb 81c2c92e 92722c85 a2bfe8a1 a81a664b c24b8b70 c76c51a3 d192e819 d6990624 f40e3585 106aa070',
    '19a4c116 1e376c08 2748774c 34b0bcb5 391c0cb3 4ed8aa4a 5b9cca4f 682e6ff3 748f82ee 78a5636f 84c87814 8cc70208 90befffa a4506ceb bef9a3f7 c67178f2',
  ]
    .join(' ')
    .split(' ')
    .map((word) => parseInt(word, 16)),
);
const START = Uint32Array.from([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);
const schedule = new Int32Array(64);

/** One block of SHA-256 (FIPS 180-4 section 6.2.2). `crypto.subtle` answers by promises, which costs far more than the hash of so short a text. */
function compress(state: Uint32Array, block: DataView, at: number): void {
  const w = schedule;
  for (let t = 0; t < 16; t++) w[t] = block.getUint32(at + 4 * t);
  for (let t = 16; t < 64; t++) {
    const x = w[t - 15]!;
    const y = w[t - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[t] = (w[t - 16]! + s0 + w[t - 7]! + s1) | 0;
  }
  let a = state[0]! | 0;
  let b = state[1]! | 0;
  let c = state[2]! | 0;
  let d = state[3]! | 0;
  let e = state[4]! | 0;
  let f = state[5]! | 0;
  let g = state[6]! | 0;
  let h = state[7]! | 0;
  for (let t = 0; t < 64; t++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[t]! + w[t]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] = state[0]! + a;
  state[1] = state[1]! + b;
  state[2] = state[2]! + c;
  state[3] = state[3]! + d;
  state[4] = state[4]! + e;
  state[5] = state[5]! + f;
  state[6] = state[6]! + g;
  state[7] = state[7]! + h;
}

/** Hashes texts that begin alike: the blocks of the beginning are hashed once. */
function hasher(prefix: string): (rest: string) => Uint32Array {
  const bytes = new TextEncoder().encode(prefix);
  const whole = bytes.length - (bytes.length % 64);
  const middle = START.slice();
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = 0; at < whole; at += 64) compress(middle, view, at);
  const tail = bytes.subarray(whole);
  const buffer = new Uint8Array(128);
  const block = new DataView(buffer.buffer);
  const state = new Uint32Array(8);
  return (rest) => {
    buffer.fill(0);
    buffer.set(tail);
    let length = tail.length;
    for (let at = 0; at < rest.length; at++) buffer[length++] = rest.charCodeAt(at);
    buffer[length] = 0x80;
    const end = length + 9 <= 64 ? 64 : 128;
    block.setUint32(end - 4, (whole + length) * 8);
    state.set(middle);
    for (let at = 0; at < end; at += 64) compress(state, block, at);
    return state;
  };
}

/** SHA-256 as hexadecimal digits. */
export function sha256(text: string): string {
  return [...hasher(text)('')].map((word) => word.toString(16).padStart(8, '0')).join('');
}

function zeroBits(hash: Uint32Array): number {
  const first = Math.clz32(hash[0]!);
  return first < 32 ? first : 32 + Math.clz32(hash[1]!);
}

/** Solves a puzzle, in pieces, so that the page goes on meanwhile. Rejects when it is given up. */
export async function solve({ challenge, difficulty }: Puzzle, signal?: AbortSignal): Promise<string> {
  const hash = hasher(`${challenge}:`);
  for (let number = 0; ; number++) {
    if (zeroBits(hash(String(number))) >= difficulty) return `${challenge}:${number}`;
    if (number % CHUNK === CHUNK - 1) {
      await new Promise((resolve) => setTimeout(resolve));
      signal?.throwIfAborted();
    }
  }
}

const listeners = new Set<(working: boolean) => void>();

/** Tells when a security check begins and ends. Returns how to stop. */
export function onWork(listen: (working: boolean) => void): () => void {
  listeners.add(listen);
  return () => listeners.delete(listen);
}

/** The header that carries a solution. */
export const HEADER = 'X-Proof-Of-Work';
/** A network may change while the browser works; then there is another puzzle. More are not solved for one request. */
const MOST = 3;

/** Sends a request, and again with the solution when the platform asks for a proof of work. `send` gets a fresh copy each time. */
export async function withWork(request: Request, send: (request: Request) => Promise<Response>): Promise<Response> {
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
