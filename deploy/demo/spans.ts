/** Pure: lines of coloured text that know how wide they are. */

/** A style's name; what it looks like is the painter's matter. `cluster:<n>` is the colour of the n-th cluster. */
export type Style = 'dim' | 'bold' | 'good' | 'bad' | `cluster:${number}`;

export interface Span {
  text: string;
  style?: Style;
}

export type Line = readonly Span[];

export type Paint = (style: Style, text: string) => string;

export const span = (text: string, style?: Style): Span => (style === undefined ? { text } : { text, style });

/** A line as text, cut to `width` columns: a line that wraps would spoil redrawing in place. */
export function render(line: Line, width: number, paint: Paint): string {
  let left = width;
  let text = '';
  for (const { text: part, style } of line) {
    const shown = part.length <= left ? part : `${part.slice(0, Math.max(0, left - 1))}…`.slice(0, left);
    text += style === undefined || shown === '' ? shown : paint(style, shown);
    left -= shown.length;
  }
  return text;
}

/** Paints nothing. */
export const plain: Paint = (_style, text) => text;
