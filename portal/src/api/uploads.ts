import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Schema } from './client';
import { problemOf } from './problem';

type Upload = Schema<'Upload'>;

/** The methods of one kind of upload: those of a logo, those of a cover picture. */
export interface UploadMethods {
  create: (file: { name: string; size: number; contentType: string }) => Promise<Upload>;
  get: (uploadId: string) => Promise<Upload>;
  put: (uploadId: string, number: number, part: Blob) => Promise<Upload>;
  complete: (uploadId: string, sha256: string) => Promise<Upload>;
}

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
