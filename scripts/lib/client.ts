// Calls the API as any front end would.

export interface Reply<Body> {
  readonly status: number;
  readonly ok: boolean;
  readonly headers: Headers;
  /** Parsed JSON; null where there is no body. What it looks like is the caller's business. */
  readonly body: Body;
}

export type Client = <Body>(method: string, path: string, body?: unknown) => Promise<Reply<Body>>;

export function client(url: string, token?: string): Client {
  return async <Body>(method: string, path: string, body?: unknown) => {
    const request = {
      method,
      headers: {
        "content-type": "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const response = await fetch(url + path, request).catch((fault: Error) => {
      throw new Error(`${url} can't be reached: ${fault.cause instanceof Error ? fault.cause.message : fault.message}`);
    });
    const text = await response.text();
    const { status, ok, headers } = response;
    return { status, ok, headers, body: (text === "" ? null : JSON.parse(text)) as Body };
  };
}
