import { useEffect, useRef, useState } from 'react';

/** The Barcode Detection API, as far as it is used here (https://wicg.github.io/shape-detection-api/). */
interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
interface DetectorClass {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
}

/** Reads the code that is before the camera, or nothing. */
type Reader = (video: HTMLVideoElement) => Promise<string | undefined>;

/** Whether there can be a camera at all: browsers show it to secure pages only. */
export const canScan = 'mediaDevices' in navigator;

/** So long a code that was read stays quiet, while it is still held before the camera. */
const quiet = 5000;
/** Wide enough for the code of a ticket, small enough for the phone of a volunteer. */
const widest = 960;

/**
 * By the browser itself where it can. Safari, Firefox and phones without Google's services cannot: there the code is
 * read here. Either way the picture never leaves the device.
 */
async function reader(): Promise<Reader> {
  const known = Reflect.get(globalThis, 'BarcodeDetector') as DetectorClass | undefined;
  const formats = await known?.getSupportedFormats().catch((): string[] => []);
  if (known && formats?.includes('qr_code')) {
    const detector = new known({ formats: ['qr_code'] });
    return async (video) => (await detector.detect(video))[0]?.rawValue;
  }
  const { default: decode } = await import('qr/decode.js');
  const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  // A promise, so that what it throws is a refusal of the promise.
  return (video) =>
    Promise.resolve().then(() => {
      if (!pen || video.videoWidth === 0) return undefined;
      const scale = Math.min(1, widest / video.videoWidth);
      pen.canvas.width = Math.round(video.videoWidth * scale);
      pen.canvas.height = Math.round(video.videoHeight * scale);
      pen.drawImage(video, 0, 0, pen.canvas.width, pen.canvas.height);
      // It throws when there is no code in the picture.
      return decode(pen.getImageData(0, 0, pen.canvas.width, pen.canvas.height));
    });
}

/** Reads QR codes with the camera while it is on. */
export function useCamera(on: boolean, onCode: (code: string) => void) {
  const video = useRef<HTMLVideoElement>(null);
  const callback = useRef(onCode);
  useEffect(() => {
    callback.current = onCode;
  });
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (!on) return;
    let stream: MediaStream | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stopped = false;
    const isStopped = () => stopped;
    let seen = { code: '', at: 0 };
    const look = async (read: Reader) => {
      if (isStopped()) return;
      const code = video.current ? await read(video.current).catch(() => undefined) : undefined;
      if (isStopped()) return;
      if (code) {
        const again = code === seen.code && Date.now() - seen.at < quiet;
        seen = { code, at: Date.now() };
        if (!again) callback.current(code);
      }
      timer = setTimeout(() => void look(read), 200);
    };
    const start = async () => {
      try {
        const read = await reader();
        stream = await navigator.mediaDevices.getUserMedia({
          video: { facingMode: 'environment', width: { ideal: 1280 } },
        });
        if (stopped || !video.current) {
          for (const track of stream.getTracks()) track.stop();
          return;
        }
        video.current.srcObject = stream;
        await video.current.play();
        void look(read);
      } catch {
        for (const track of stream?.getTracks() ?? []) track.stop();
        if (!stopped) setFailed(true);
      }
    };
    void start();
    return () => {
      stopped = true;
      setFailed(false);
      clearTimeout(timer);
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
  }, [on]);
  return { video, failed };
}
