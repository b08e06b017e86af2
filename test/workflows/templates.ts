/** Workflows and their templates in a few words. */

interface Template {
  name: string;
  [field: string]: unknown;
}

export interface Example {
  entrypoint: string;
  templates: Template[];
  onExit?: string;
  arguments?: object;
  activeDeadlineSeconds?: number;
}

const IMAGE = 'busybox:1.36';
const resources = { requests: { cpu: '10m' } };
export const shell = (script: string) => ({ image: IMAGE, command: ['sh', '-c', script], resources });
export const container = (name: string, script: string, more: object = {}): Template => ({
  name,
  container: shell(script),
  ...more,
});
export const script = (name: string, source: string, more: object = {}): Template => ({
  name,
  script: { image: IMAGE, command: ['sh'], source, resources },
  ...more,
});
export const parameters = (values: Record<string, string>) => ({
  parameters: Object.entries(values).map(([name, value]) => ({ name, value })),
});
export const inputs = (...names: string[]) => ({ inputs: { parameters: names.map((name) => ({ name })) } });
export const call = (name: string, template: string, given?: Record<string, string>, more: object = {}) => ({
  name,
  template,
  ...(given && { arguments: parameters(given) }),
  ...more,
});
export const steps = (name: string, ...groups: object[][]): Template => ({ name, steps: groups });
export const dag = (name: string, ...tasks: object[]): Template => ({ name, dag: { tasks } });
export const say = container('say', 'echo "{{inputs.parameters.message}}"', inputs('message'));
export const said = (path: string) => ({ parameters: [{ name: 'value', valueFrom: { path } }] });
