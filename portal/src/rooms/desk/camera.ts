import { useEffect, useRef, useState } from 'react';

/** The Barcode Detection API, as far as it is used here (https://wicg.github.io/shape-detection-api/). */
interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
type DetectorClass = new (options: { formats: string[] }) => Detector;

const known = Reflect.get(globalThis, 'BarcodeDetector') as DetectorClass | undefined;

/** Whether this browser reads codes by itself; if not, nothing is offered that would not work. */
export const canScan = known !== undefined && typeof navigator.mediaDevices?.getUserMedia === 'function';

/** So long a code that was read stays quiet, while it is still held before the camera. */
const quiet = 5000;

/** Reads QR codes with the camera while it is on. The picture never leaves the device. */
export function useCamera(on: boolean, onCode: (code: string) => void) {
  const video = useRef<HTMLVideoElement>(null);
  const tell = useRef(onCode);
  tell.current = onCode;
  const [failed, fail] = useState(false);
  useEffect(() => {
    if (!on || !known) return;
    fail(false);
    const detector = new known({ formats: ['qr_code'] });
    let stream: MediaStream | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let left = false;
    let seen = { code: '', at: 0 };
    const look = async () => {
      if (left) return;
      const [found] = video.current ? await detector.detect(video.current).catch(() => []) : [];
      if (left) return;
      if (found) {
        const again = found.rawValue === seen.code && Date.now() - seen.at < quiet;
        seen = { code: found.rawValue, at: Date.now() };
        if (!again) tell.current(found.rawValue);
      }
      timer = setTimeout(() => void look(), 200);
    };
    const start = async () => {
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
        if (left || !video.current) {
          for (const track of stream.getTracks()) track.stop();
          return;
        }
        video.current.srcObject = stream;
        await video.current.play();
        void look();
      } catch {
        if (!left) fail(true);
      }
    };
    void start();
    return () => {
      left = true;
      clearTimeout(timer);
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
  }, [on]);
  return { video, failed };
}
