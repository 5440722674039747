import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { UploadMethods } from '../../api/uploads';

/** A file that answers name. */
export interface Attached {
  name: string;
  /** The type of its content; empty if the device does not know. */
  type: string;
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
  /** A file begins to be sent (1), or is no longer on its way (-1). */
  onSending: (by: 1 | -1) => void;
}

/** Bytes of the largest file. */
export const LARGEST_FILE = 10 * 1024 * 1024;

/** What can be attached. */
export const fileTypes = ['application/pdf', 'image/png', 'image/jpeg', 'image/webp'];

const AttachmentsContext = createContext<Attachments>({
  known: new Map(),
  onSent: () => undefined,
  onSending: () => undefined,
});

export const useAttachments = () => useContext(AttachmentsContext);

/** The files of the forms inside. `files`: what the platform says of those that are saved. `onBusy`: whether some are on their way. */
export function AttachmentsOf({
  files = [],
  upload,
  href,
  onBusy,
  children,
}: Place & {
  files?: readonly { uploadId: string; name: string; contentType: string; size: string }[] | undefined;
  onBusy?: (busy: boolean) => void;
  children: ReactNode;
}) {
  const [sent, setSent] = useState<ReadonlyMap<string, Attached>>(new Map());
  const [sending, setSending] = useState(0);
  const busy = sending > 0;
  useEffect(() => {
    onBusy?.(busy);
  }, [onBusy, busy]);
  const attachments = useMemo(() => {
    const saved = files.map(({ uploadId, name, contentType, size }): [string, Attached] => [
      uploadId,
      { name, type: contentType, size: Number(size) },
    ]);
    return {
      ...(upload && { upload }),
      ...(href && { href }),
      known: new Map([...sent, ...saved]),
      onSent: (uploadId: string, file: Attached) => setSent((before) => new Map(before).set(uploadId, file)),
      onSending: (by: 1 | -1) => setSending((before) => before + by),
    };
  }, [files, upload, href, sent]);
  return <AttachmentsContext value={attachments}>{children}</AttachmentsContext>;
}
