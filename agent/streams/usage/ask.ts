/** Who is asked what delegates use: the target's metrics API by its agent, and that agent by the source's. */
import { DELEGATE } from '../../../api/index.ts';
import { type ApiClient, ApiError, explanation, openOver, unlessMissing } from '../../../kube/index.ts';
import type { ConnectTo } from '../ways.ts';
import { parseReport, reportOf, USAGE_PATH, type UsageReport } from './report.ts';

/** How long the metrics API may take, with retries; less than the source waits for us. */
const METRICS_MS = 5_000;
const ANSWER_MS = 7_000;
/** Some hundred bytes a container: fifty thousand of them. */
const MAX_REPORT = 16 * 2 ** 20;

/** Of the delegates of this source; `proxyUid` knows which they are. */
export async function askMetrics(
  home: ApiClient,
  source: string,
  proxyUid: (namespace: string, name: string) => string | undefined,
  signal: AbortSignal,
): Promise<UsageReport> {
  const selector = encodeURIComponent(`${DELEGATE.source}=${source}`);
  const path = `/apis/metrics.k8s.io/v1beta1/pods?labelSelector=${selector}`;
  const list = await unlessMissing(home.raw('GET', path, { signal, timeoutMs: METRICS_MS }));
  return list === undefined ? { known: false } : reportOf(JSON.parse(list), proxyUid);
}

/** Of our delegates in this target. Rejects with an ApiError that says why it is not told, or with a ConnectionError. */
export type AskUsage = (target: string, signal: AbortSignal) => Promise<UsageReport>;

export const askingUsage =
  (connectTo: ConnectTo): AskUsage =>
  async (target, signal) => {
    const connection = await connectTo(target, signal);
    try {
      const opened = await openOver(connection, { method: 'GET', path: USAGE_PATH, signal, answerMs: ANSWER_MS });
      if (opened.kind === 'upgraded') throw notUnderstood(target);
      // An agent of a Berth that did not tell it yet.
      if (opened.status === 404) return { known: false };
      if (opened.status !== 200) throw new ApiError(opened.status, { message: await explanation(opened.body) });
      const report = parseReport(await atMost(MAX_REPORT, opened.body));
      if (report === undefined) throw notUnderstood(target);
      return report;
    } finally {
      connection.destroy();
    }
  };

const notUnderstood = (target: string) =>
  new ApiError(502, { message: `what the agent of ${target} says of usage is not understood` });

async function atMost(limit: number, body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) throw new ApiError(502, { message: `more than ${limit} bytes of usage were told` });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
