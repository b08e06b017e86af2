/** Which request is struck by what. */
import { isWatchFault, type ProxyRequest, type Rule, type RuleHandle } from './faults.ts';

export class ActiveRule implements RuleHandle {
  readonly #rule: Rule;
  readonly #released = Promise.withResolvers<void>();
  readonly #untold: ProxyRequest[] = [];
  readonly #waiting: ((request: ProxyRequest) => void)[] = [];
  #active = true;
  count = 0;

  constructor(rule: Rule) {
    this.#rule = rule;
  }

  get fault() {
    return this.#rule.fault;
  }

  /** Resolves when what this rule holds may go on. */
  get released(): Promise<void> {
    return this.#released.promise;
  }

  /** Whether the request is this rule's; if so, it is counted and told. */
  strikes(request: ProxyRequest): boolean {
    const { match, times = Number.POSITIVE_INFINITY, fault } = this.#rule;
    if (!this.#active || this.count >= times || (isWatchFault(fault) && !request.isWatch) || !match(request))
      return false;
    this.count++;
    request.fault = fault.kind;
    this.#rule.onStrike?.(request);
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#untold.push(request);
    else waiting(request);
    return true;
  }

  seen(timeoutMs = 10_000): Promise<ProxyRequest> {
    const known = this.#untold.shift();
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      const waiting = (request: ProxyRequest) => {
        clearTimeout(timer);
        resolve(request);
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(new Error(`no request for the rule ${JSON.stringify(this.fault)} within ${timeoutMs / 1000} s`));
      }, timeoutMs);
      this.#waiting.push(waiting);
    });
  }

  release(): void {
    this.remove();
    this.#released.resolve();
  }

  remove(): void {
    this.#active = false;
  }
}
