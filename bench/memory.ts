// How much memory a service's worker has, and workerd as a whole.

import { execFileSync } from "node:child_process";
import type { Service } from "../test/crash/service.ts";

export interface Memory {
  /** What the worker's isolate, with all its objects, holds on to. What SQLite keeps is not in it. */
  readonly heapMib: number;
  /** Of the whole process, with what nobody holds on to any more. */
  readonly residentMib: number;
}

export async function memoryOf({ pid }: Service, inspectorPort: number): Promise<Memory> {
  return { heapMib: (await heapBytes(inspectorPort)) / 2 ** 20, residentMib: residentKib(pid) / 2 ** 10 };
}

function residentKib(pid: number | undefined): number {
  const processes = execFileSync("ps", ["-A", "-o", "ppid=,rss=,comm="], { encoding: "utf8" }).trim().split("\n");
  const fields = processes.map((line) => line.trim().split(/\s+/));
  const workerd = fields.find(([parent, , command]) => Number(parent) === pid && command?.includes("workerd"));
  return Number(workerd?.[1]);
}

/** After a garbage collection. */
async function heapBytes(inspectorPort: number): Promise<number> {
  const targets = await (await fetch(`http://127.0.0.1:${inspectorPort}/json`)).json();
  const [{ webSocketDebuggerUrl }] = targets as { webSocketDebuggerUrl: string }[] as [
    { webSocketDebuggerUrl: string },
  ];
  const socket = new WebSocket(webSocketDebuggerUrl);
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", reject);
  });
  const ask = (id: number, method: string) =>
    new Promise<{ usedSize: number }>((resolve) => {
      socket.addEventListener("message", ({ data }) => {
        const answer = JSON.parse(String(data)) as { id?: number; result: { usedSize: number } };
        if (answer.id === id) resolve(answer.result);
      });
      socket.send(JSON.stringify({ id, method }));
    });
  await ask(1, "HeapProfiler.collectGarbage");
  const { usedSize } = await ask(2, "Runtime.getHeapUsage");
  socket.close();
  return usedSize;
}
