import type { Log } from '../log.ts';

export interface Entry {
  level: keyof Log;
  fields: object;
  message: string;
}

/** A log that keeps its entries for a test to look at. */
export function silentLog(): Log & { entries: Entry[] } {
  const entries: Entry[] = [];
  const note = (level: keyof Log) => (fields: object, message: string) => {
    entries.push({ level, fields, message });
  };
  return { entries, debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
}
