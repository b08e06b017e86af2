import { describe, expect, it } from 'vitest';
import { parseRequest } from './requests.ts';

const event = (changes: object = {}) =>
  JSON.stringify({
    stage: 'ResponseComplete',
    verb: 'create',
    requestURI: '/api/v1/namespaces/n/pods',
    user: { username: 'argo' },
    objectRef: { resource: 'pods', namespace: 'n' },
    responseStatus: { code: 201 },
    requestReceivedTimestamp: '2030-01-01T00:00:01.000000Z',
    requestObject: { metadata: { name: 'p', creationTimestamp: null }, spec: {}, status: {} },
    responseObject: { kind: 'Pod', metadata: { resourceVersion: '7' } },
    ...changes,
  });

describe('a line of the audit log', () => {
  it('is a request with its body, as far as that says something', () => {
    expect(parseRequest(event(), 'n')).toEqual({
      ...{ by: 'argo', verb: 'create', uri: '/api/v1/namespaces/n/pods', code: 201, version: 7 },
      body: { metadata: { name: 'p' }, spec: {} },
      at: Date.parse('2030-01-01T00:00:01Z'),
    });
  });

  it('is none of another namespace, user, kind or stage, or one that was refused', () => {
    expect(parseRequest(event(), 'other')).toBeUndefined();
    expect(parseRequest(event({ user: { username: 'system:node:n' } }), 'n')).toBeUndefined();
    expect(parseRequest(event({ objectRef: { resource: 'events', namespace: 'n' } }), 'n')).toBeUndefined();
    expect(parseRequest(event({ stage: 'ResponseStarted' }), 'n')).toBeUndefined();
    expect(parseRequest(event({ responseStatus: { code: 409 } }), 'n')).toBeUndefined();
  });

  it('is an exec, whatever was answered and by which verb it came', () => {
    const objectRef = { resource: 'pods', subresource: 'exec', namespace: 'n' };
    const exec = event({ verb: 'get', objectRef, responseStatus: { code: 500 }, requestObject: undefined });
    expect(parseRequest(exec, 'n')).toMatchObject({ verb: 'exec', code: 500 });
  });

  it('is what the user deletes, but nothing that Berth does with the same credentials', () => {
    const deleted = { verb: 'delete', user: { username: 'admin' } };
    expect(parseRequest(event({ ...deleted, userAgent: 'kubectl/v1.34.4' }), 'n')).toMatchObject({ by: 'user' });
    expect(parseRequest(event({ ...deleted, userAgent: 'berth/test' }), 'n')).toBeUndefined();
    expect(parseRequest(event({ user: { username: 'admin' }, userAgent: 'kubectl/v1.34.4' }), 'n')).toBeUndefined();
  });

  it('has no version if it deletes, since that is of the object in between', () => {
    expect(parseRequest(event({ verb: 'delete' }), 'n')).not.toHaveProperty('version');
    expect(parseRequest(event({ verb: 'deletecollection' }), 'n')).not.toHaveProperty('version');
  });

  it('has the version of its API in the options of a delete, which the log calls internal', () => {
    const requestObject = { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/__internal' };
    expect(parseRequest(event({ verb: 'delete', requestObject }), 'n')?.body).toEqual({
      kind: 'DeleteOptions',
      apiVersion: 'v1',
    });
  });
});
