import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { answer, api, type Schema } from './client';
import { problemOf } from './problem';
import type { paths } from './schema';

type Upload = Schema<'Upload'>;

/** Where files are uploaded: logos, covers, attachments. Each takes the same requests. */
type Place = Extract<keyof paths, `${string}-uploads`>;
/** The one whose types stand for all. */
type Logos = '/v1/organisations/{organisationId}/logo-uploads';

/** The methods of one upload. */
export interface UploadMethods {
  create: (file: { name: string; size: number; contentType: string }) => Promise<Upload>;
  get: (uploadId: string) => Promise<Upload>;
  put: (uploadId: string, number: number, part: Blob) => Promise<Upload>;
  complete: (uploadId: string, sha256: string) => Promise<Upload>;
  /** Of one that is no longer wanted; one that a record uses stays. */
  remove: (uploadId: string) => Promise<unknown>;
}

/** The methods of uploads at a place, `of` that organisation or activity. `key` makes the beginning of one safe to repeat. */
export const uploadsAt =
  (place: Place, of: Record<string, string>) =>
  (key: string): UploadMethods => {
    const all = place as Logos;
    const one = `${all}/{uploadId}` as const;
    const path = of as { organisationId: string };
    return {
      create: (file) =>
        answer(
          api.POST(all, {
            params: { path, header: { 'Idempotency-Key': key } },
            body: { ...file, size: String(file.size) },
          }),
        ),
      get: (uploadId) => answer(api.GET(one, { params: { path: { ...path, uploadId } } })),
      put: (uploadId, number, part) =>
        answer(
          api.PUT(`${one}/parts/{number}`, {
            params: { path: { ...path, uploadId, number } },
            // The document says binary, which its types call a text.
            body: part as unknown as string,
            bodySerializer: (content: unknown) => content as Blob,
            headers: { 'Content-Type': 'application/octet-stream' },
          }),
        ),
      complete: (uploadId, sha256) =>
        answer(api.POST(`${one}:complete`, { params: { path: { ...path, uploadId } }, body: { sha256 } })),
      remove: (uploadId) => answer(api.DELETE(one, { params: { path: { ...path, uploadId } } })),
    };
  };

/** How often a part is sent before the person is asked to try again. */
const ATTEMPTS = 3;
const PAUSE = 800;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function persistently<T>(send: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      if (attempt >= ATTEMPTS || !problemOf(error).passing) throw error;
      await pause(PAUSE * attempt);
    }
  }
}

/**
 * Sends a file in parts and has it checked. `begun` is the upload of an earlier attempt with the same file: what has arrived is not sent
 * again. `onBegun` tells which it is, `onProgress` the share that has arrived, from 0 to 1. Answers with the id of the complete upload.
 */
export async function uploadFile(
  file: File,
  methods: UploadMethods,
  {
    begun,
    onBegun,
    onProgress,
  }: { begun?: string; onBegun?: (uploadId: string) => void; onProgress?: (share: number) => void } = {},
): Promise<string> {
  const upload = begun
    ? await methods.get(begun)
    : await methods.create({ name: file.name, size: file.size, contentType: file.type });
  const { uploadId } = upload;
  onBegun?.(uploadId);
  if (upload.completedAt) return uploadId;
  const size = Number(upload.partSize);
  const missing = Array.from({ length: upload.partCount }, (_, at) => at + 1).filter(
    (number) => !upload.parts.includes(number),
  );
  let arrived = upload.partCount - missing.length;
  onProgress?.(arrived / upload.partCount);
  for (const number of missing) {
    const part = file.slice((number - 1) * size, number * size);
    await persistently(() => methods.put(uploadId, number, part));
    arrived += 1;
    onProgress?.(arrived / upload.partCount);
  }
  const hash = bytesToHex(sha256(new Uint8Array(await file.arrayBuffer())));
  await persistently(() => methods.complete(uploadId, hash));
  return uploadId;
}
