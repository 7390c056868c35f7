import { describeReason, type Reason } from '../planning/reasons.ts';
import type { Listener } from '../running/events.ts';

/** Renders every event as one line of JSON: the event's fields, an ISO `time`, and each reason also in words (`text`). */
export function jsonRenderer(write: (text: string) => void): Listener {
  return (event) => {
    const time = new Date().toISOString();
    if (event.type === 'plan') {
      const instances = event.instances.map((entry) => ({ ...entry, reasons: inWords(entry.reasons) }));
      write(`${JSON.stringify({ time, ...event, instances })}\n`);
    } else if (event.type === 'stage-started') {
      write(`${JSON.stringify({ time, ...event, reasons: inWords(event.reasons) })}\n`);
    } else {
      write(`${JSON.stringify({ time, ...event })}\n`);
    }
  };
}

/**
 * A document on one line. NaN and the infinities are the words "NaN", "Infinity" and "-Infinity": JSON has no numbers for
 * them, and null would say that nothing was measured.
 */
export function jsonDocument(document: unknown): string {
  return JSON.stringify(document, (_key, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
}

function inWords(reasons: readonly Reason[]): object[] {
  return reasons.map((reason) => ({ ...reason, text: describeReason(reason) }));
}
