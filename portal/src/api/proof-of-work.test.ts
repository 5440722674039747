import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { HEADER, onProofOfWork, solve, withProofOfWork } from './proof-of-work';

test('a solution begins with as many zero bits as are asked for', async () => {
  for (const challenge of ['example', 'c'.repeat(76)]) {
    for (const [difficulty, begin] of [
      [4, /^0/],
      [9, /^00[0-7]/],
      [12, /^000/],
    ] as const) {
      const solution = await solve({ challenge, difficulty });
      expect(solution).toMatch(new RegExp(`^${challenge}:[0-9]+$`));
      expect(createHash('sha256').update(solution).digest('hex')).toMatch(begin);
    }
  }
});

test('work that is given up ends', async () => {
  const work = solve({ challenge: 'never', difficulty: 60 }, AbortSignal.timeout(50));
  await expect(work).rejects.toThrow();
});

test('a request is sent again with the solution, with its body, and once more for another puzzle', async () => {
  const puzzle = (challenge: string) =>
    new Response(JSON.stringify({ code: 'PROOF_OF_WORK_REQUIRED', proof_of_work: { challenge, difficulty: 4 } }), {
      status: 429,
    });
  const answers = [puzzle('first'), puzzle('second'), new Response('{}', { status: 200 })];
  const sent: [string | null, string][] = [];
  const told: boolean[] = [];
  const stop = onProofOfWork((working) => told.push(working));
  const request = new Request('https://cast.example/v1/sessions', { method: 'POST', body: 'the body' });
  const response = await withProofOfWork(request, async (copy) => {
    sent.push([copy.headers.get(HEADER), await copy.text()]);
    return answers.shift()!;
  });
  stop();
  expect(response.status).toBe(200);
  expect(sent.map(([solution]) => solution?.split(':')[0])).toEqual([undefined, 'first', 'second']);
  expect(sent.every(([, body]) => body === 'the body')).toBe(true);
  expect(told).toEqual([true, false, true, false]);
});

test('another refusal stays what it is', async () => {
  const refusal = new Response(JSON.stringify({ code: 'TOO_MANY_REQUESTS' }), { status: 429 });
  const request = new Request('https://cast.example/v1/sessions', { method: 'POST', body: '' });
  expect(await withProofOfWork(request, () => Promise.resolve(refusal))).toBe(refusal);
});
