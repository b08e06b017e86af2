/** The only place that reads the environment. */
export interface Environment {
  kubeconfig?: string;
  logLevel: string;
}

export function readEnvironment(env: Record<string, string | undefined> = process.env): Environment {
  return {
    logLevel: env['BERTH_LOG_LEVEL'] ?? 'info',
    ...(env['KUBECONFIG'] === undefined ? {} : { kubeconfig: env['KUBECONFIG'] }),
  };
}
