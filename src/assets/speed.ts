/** Reports the progress of a long transfer: bytes done, rate, time left. */
import type { Emit } from '../events/events.ts';

const INTERVAL_MS = 250;
/** The rate covers the last seconds, so that a stall shows and a burst does not. */
const WINDOW_MS = 5000;

export interface Speedometer {
  bytes: (count: number) => void;
  /** Counts bytes that were there already. */
  skip: (count: number) => void;
  file: () => void;
}

/** @param now milliseconds since any start */
export function speedometer(
  emit: Emit,
  stage: string,
  files: readonly { size: number }[],
  now: () => number = () => performance.now(),
): Speedometer {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const window: [time: number, bytes: number][] = [[now(), 0]];
  let done = 0;
  let doneFiles = 0;
  let received = 0;
  let reported = -Infinity;

  function report(): void {
    const time = now();
    if (time - reported < INTERVAL_MS && doneFiles < files.length) return;
    reported = time;
    window.push([time, received]);
    while (window.length > 2 && time - (window[0] as [number, number])[0] > WINDOW_MS) window.shift();
    const [since, from] = window[0] as [number, number];
    const rate = time > since ? ((received - from) / (time - since)) * 1000 : 0;
    emit({
      type: 'stageProgress',
      stage,
      text: progressText(done, total, rate),
      done: doneFiles,
      total: files.length,
    });
  }

  return {
    bytes(count) {
      done += count;
      received += count;
      report();
    },
    skip(count) {
      done += count;
    },
    file() {
      doneFiles += 1;
      report();
    },
  };
}

/** `412 of 2,357 MiB · 210 MiB/s · 9 s left` */
export function progressText(done: number, total: number, bytesPerSecond: number): string {
  const parts = [`${sizeText(Math.min(done, total))} of ${sizeText(total)}`];
  if (bytesPerSecond > 0) {
    parts.push(
      `${sizeText(bytesPerSecond)}/s`,
      `${timeText(Math.max(0, total - done) / bytesPerSecond)} left`,
    );
  }
  return parts.join(' · ');
}

export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export function timeText(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.ceil(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
