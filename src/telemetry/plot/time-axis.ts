/** Seconds between two labels that people find natural. */
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];
const LABELS_MAX = 12;

/** The distance of labels on an axis of so many seconds. */
export function timeStep(seconds: number): number {
  const day = 86_400;
  return STEPS.find((step) => seconds / step <= LABELS_MAX) ?? Math.ceil(seconds / day / LABELS_MAX) * day;
}

/** `0:42`, `1:02:03`, `3d 04:00`, with tenths where the axis is shorter than a few seconds. */
export function timeLabel(seconds: number, step: number): string {
  const whole = Math.floor(seconds + 1e-6);
  const two = (part: number): string => String(part).padStart(2, "0");
  const [days, hours, minutes] = [Math.floor(whole / 86_400), Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60];
  if (step < 1) return `${seconds.toFixed(1)} s`;
  if (days > 0) return `${days}d ${two(hours)}:${two(minutes)}`;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
