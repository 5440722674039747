import { createContext, useContext, useMemo, useState, type ReactNode } from 'react';
import type { UploadMethods } from '../../api/uploads';

/** A file that answers name. */
export interface Attached {
  name: string;
  /** Bytes. */
  size: number;
}

/** Where the files of a form are: how they are sent, and where they can be read. */
interface Place {
  /** How a file is sent; `key` makes the beginning of it safe to repeat. Absent: nothing is sent, as in a preview. */
  upload?: (key: string) => UploadMethods;
  /** Where a saved file can be read. Absent: nowhere. */
  href?: ((uploadId: string, face: 'CLEAN' | 'ORIGINAL') => string) | undefined;
}

interface Attachments extends Place {
  /** What is known of the files, by their ids. */
  known: ReadonlyMap<string, Attached>;
  /** A file was sent. */
  onSent: (uploadId: string, file: Attached) => void;
}

/** Bytes of the largest file. */
export const LARGEST_FILE = 10 * 1024 * 1024;

/** What can be attached. */
export const fileTypes = ['application/pdf', 'image/png', 'image/jpeg', 'image/webp'];

const AttachmentsContext = createContext<Attachments>({ known: new Map(), onSent: () => undefined });

export const useAttachments = () => useContext(AttachmentsContext);

/** The files of the forms inside. `files`: what the platform says of those that are saved. */
export function AttachmentsOf({
  files = [],
  upload,
  href,
  children,
}: Place & { files?: readonly { uploadId: string; name: string; size: string }[] | undefined; children: ReactNode }) {
  const [sent, setSent] = useState<ReadonlyMap<string, Attached>>(new Map());
  const attachments = useMemo(() => {
    const saved = files.map(({ uploadId, name, size }): [string, Attached] => [uploadId, { name, size: Number(size) }]);
    return {
      ...(upload && { upload }),
      ...(href && { href }),
      known: new Map([...sent, ...saved]),
      onSent: (uploadId: string, file: Attached) => setSent((before) => new Map(before).set(uploadId, file)),
    };
  }, [files, upload, href, sent]);
  return <AttachmentsContext value={attachments}>{children}</AttachmentsContext>;
}
