/** Lists and watches of one kind as an API server does them, with all the ways in which they end. */
import type { ServerResponse } from 'node:http';
import type { KubeObject } from '../../api/index.ts';
import { answer, type Received, refuse, startServer, type TestServer } from './http-server.ts';

interface FakeEvent {
  type: string;
  object: KubeObject;
}

interface Watcher {
  response: ServerResponse;
  namespace: string | undefined;
}

const NAMESPACE = /\/namespaces\/([^/]+)\//;

export class FakeApi implements AsyncDisposable {
  version = 100;
  /** Watches from before this version are told 410. */
  oldest = 0;
  /** Times of the watch requests, by performance.now(). */
  watchedAt: number[] = [];
  lists = 0;
  /** Lists cut their pages here, whatever the limit. */
  page = 500;
  /** Takes a request away from us: return true. */
  intercept: (request: Received, response: ServerResponse) => boolean = () => false;
  readonly #objects = new Map<string, KubeObject>();
  #history: { version: number; event: FakeEvent }[] = [];
  readonly #watchers = new Set<Watcher>();
  #server: TestServer | undefined;

  static async start(): Promise<FakeApi> {
    const api = new FakeApi();
    api.#server = await startServer((request, response) => api.#handle(request, response));
    return api;
  }

  get server(): TestServer {
    if (this.#server === undefined) throw new Error('not started');
    return this.#server;
  }

  get watches(): number {
    return this.#watchers.size;
  }

  /** Creates or changes an object and returns it as the server would. */
  put(namespace: string, name: string, fields: object = {}): KubeObject {
    const key = `${namespace}/${name}`;
    const old = this.#objects.get(key);
    const metadata = { namespace, name, uid: old?.metadata.uid ?? `uid-${++this.version}` };
    const object = {
      ...fields,
      metadata: { ...metadata, resourceVersion: String(++this.version), managedFields: [{}] },
    };
    this.#objects.set(key, object);
    this.#tell({ type: old === undefined ? 'ADDED' : 'MODIFIED', object });
    return structuredClone(object);
  }

  delete(namespace: string, name: string, silently = false): void {
    const object = this.#objects.get(`${namespace}/${name}`);
    if (object === undefined) return;
    this.#objects.delete(`${namespace}/${name}`);
    const metadata = { ...object.metadata, resourceVersion: String(++this.version) };
    if (!silently) this.#tell({ type: 'DELETED', object: { ...object, metadata } });
  }

  /** Back to how all was at an earlier version, as from a backup; nothing is told. */
  restore(version: number): void {
    this.version = version;
    this.#history = this.#history.filter((entry) => entry.version <= version);
    this.#objects.clear();
    for (const { event } of this.#history) {
      const { namespace, name } = event.object.metadata;
      if (event.type === 'DELETED') this.#objects.delete(`${namespace}/${name}`);
      else this.#objects.set(`${namespace}/${name}`, event.object);
    }
  }

  bookmark(): void {
    const metadata = { name: '', resourceVersion: String(++this.version) };
    for (const { response } of this.#watchers) response.write(line({ type: 'BOOKMARK', object: { metadata } }));
  }

  /** Sends bytes to all watchers as they are. */
  send(bytes: string | Buffer): void {
    for (const { response } of this.#watchers) response.write(bytes);
  }

  /** Ends all watches, cleanly or by cutting their connections. */
  closeWatches(how: 'end' | 'cut' = 'end'): void {
    for (const { response } of this.#watchers) how === 'end' ? response.end() : response.destroy();
    this.#watchers.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }

  #tell(event: FakeEvent): void {
    this.#history.push({ version: this.version, event });
    for (const watcher of this.#watchers)
      if (concerns(watcher.namespace, event.object)) watcher.response.write(line(event));
  }

  #handle(request: Received, response: ServerResponse): void {
    const isWatch = request.query.has('watch');
    if (isWatch) this.watchedAt.push(performance.now());
    else this.lists++;
    if (this.intercept(request, response)) return;
    const namespace = NAMESPACE.exec(request.path)?.[1];
    if (isWatch) this.#watch(request, response, namespace);
    else this.#list(request, response, namespace);
  }

  #list(request: Received, response: ServerResponse, namespace: string | undefined): void {
    const all = [...this.#objects.values()].filter((object) => concerns(namespace, object));
    const start = Number(request.query.get('continue') ?? 0);
    const end = start + Math.min(this.page, Number(request.query.get('limit') ?? all.length));
    const more = end < all.length ? { continue: String(end) } : {};
    answer(response, 200, {
      metadata: { resourceVersion: String(this.version), ...more },
      items: all.slice(start, end),
    });
  }

  #watch(request: Received, response: ServerResponse, namespace: string | undefined): void {
    const from = Number(request.query.get('resourceVersion'));
    if (from < this.oldest) {
      refuse(response, 410, 'Expired');
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const { version, event } of this.#history)
      if (version > from && concerns(namespace, event.object)) response.write(line(event));
    const watcher = { response, namespace };
    this.#watchers.add(watcher);
    response.on('close', () => this.#watchers.delete(watcher));
  }
}

const line = (event: FakeEvent) => `${JSON.stringify(event)}\n`;

const concerns = (namespace: string | undefined, object: KubeObject) =>
  namespace === undefined || object.metadata.namespace === namespace;
