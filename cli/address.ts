/** Addresses on the command line. Pure. */
import { isIP } from 'node:net';
import { UserError } from '../api/index.ts';

export interface Listen {
  /** `HOST:PORT` */
  listen: string;
  /** `HOST` or `HOST:PORT` by which others get here. */
  advertise?: string;
}

interface Address {
  host: string;
  port: number;
}

const WILDCARDS = ['0.0.0.0', '::'];

/**
 * Throws a UserError for what is no address, and for one that says nothing of how to get here; `who` needs to know that
 * ("API servers need").
 */
export function parseListen({ listen, advertise }: Listen, who: string): Address {
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(listen) ?? [];
  const host = bracketed ?? plain ?? '';
  if (host === '' || (bracketed !== undefined && isIP(bracketed) !== 6) || Number(port) > 65_535)
    throw new UserError('InvalidAddress', `--listen ${listen}: expected HOST:PORT`);
  if (advertise === undefined && WILDCARDS.includes(host))
    throw new UserError('InvalidAddress', `--listen ${listen}: ${who} an address, tell it by --advertise`);
  if (advertise !== undefined && !URL.canParse(urlOf(advertise)))
    throw new UserError('InvalidAddress', `--advertise ${advertise}: expected HOST or HOST:PORT`);
  return { host, port: Number(port) };
}

/** What `parseListen` accepted, in its parts. */
export function parseAdvertise(advertise: string): { host: string; port?: number } {
  // Not https, of which a URL does not tell the port 443.
  const { hostname, port } = new URL(urlOf(advertise).replace('https:', 'ws:'));
  return { host: hostname.replace(/^\[|\]$/g, ''), ...(port !== '' && { port: Number(port) }) };
}

const urlOf = (advertise: string): string => `https://${isIP(advertise) === 6 ? `[${advertise}]` : advertise}`;
