/** Figures beside what they may be at most. */
export interface Check {
  what: string;
  value: number;
  limit: number;
}

const isMet = ({ value, limit }: Check): boolean => value <= limit;

/** One line per figure, and the line of counts that ends a suite. Pure. */
export function report(checks: readonly Check[]): { text: string; good: boolean } {
  const lines = checks.map((check) => {
    const value = Number.isInteger(check.value) ? String(check.value) : check.value.toFixed(1);
    return `${isMet(check) ? 'ok    ' : 'MISSED'}  ${value} (at most ${check.limit})  ${check.what}`;
  });
  const passed = checks.filter(isMet).length;
  const good = passed === checks.length && passed > 0;
  return { text: `${lines.join('\n')}\n${passed} passed, ${checks.length - passed} failed, 0 skipped`, good };
}
