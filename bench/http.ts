// One connection to the service: one request after the other, each timed to its reply's last byte.

import { Agent, request } from "node:http";

export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
  readonly ms: number;
}

export interface Ask {
  readonly method?: string;
  readonly token?: string | null;
  readonly body?: unknown;
}

export class Connection {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(url: string) {
    this.#url = url;
  }

  ask(path: string, { method = "GET", token = null, body }: Ask = {}): Promise<Answer> {
    const text = body === undefined ? null : JSON.stringify(body);
    const headers = {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(text === null ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
    };
    return new Promise((resolve, reject) => {
      const startMs = performance.now();
      const asked = request(this.#url + path, { method, headers, agent: this.#agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const ms = performance.now() - startMs;
          const { statusCode: status = 0, headers } = response;
          resolve({ status, headers, text: Buffer.concat(chunks).toString(), ms });
        });
      });
      asked.on("error", reject);
      asked.end(text);
    });
  }

  /** The same; throws where the service refuses. */
  async must(path: string, ask: Ask = {}): Promise<Answer> {
    const answer = await this.ask(path, ask);
    if (answer.status < 300) return answer;
    throw new Error(`${ask.method ?? "GET"} ${path} answered ${answer.status}: ${answer.text}`);
  }

  close(): void {
    this.#agent.destroy();
  }
}
