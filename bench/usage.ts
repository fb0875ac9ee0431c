// What a service's workerd uses of the machine.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Service } from "../test/crash/service.ts";

export interface Memory {
  /** What the worker's isolate, with all its objects, holds on to. What SQLite keeps is not in it. */
  readonly heapMib: number;
  /** Of the whole process, with what nobody holds on to any more. */
  readonly residentMib: number;
}

export async function memoryOf({ pid }: Service, inspectorPort: number): Promise<Memory> {
  return { heapMib: (await heapBytes(inspectorPort)) / 2 ** 20, residentMib: workerdOf(pid).residentKib / 2 ** 10 };
}

/** How long its threads have worked, in all; to 10 ms, and NaN where the system is not Linux. */
export function workedMsOf({ pid }: Service): number {
  try {
    const stat = readFileSync(`/proc/${workerdOf(pid).pid}/stat`, "utf8");
    // After the name, which is in brackets: the 12th and 13th, in hundredths of a second.
    const [user = Number.NaN, system = Number.NaN] = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .slice(11, 13)
      .map(Number);
    return 10 * (user + system);
  } catch {
    return Number.NaN;
  }
}

function workerdOf(parent: number | undefined): { readonly pid: number; readonly residentKib: number } {
  const processes = execFileSync("ps", ["-A", "-o", "ppid=,pid=,rss=,comm="], { encoding: "utf8" }).trim().split("\n");
  const fields = processes.map((line) => line.trim().split(/\s+/));
  const [, pid, rss] =
    fields.find(([ppid, , , command]) => Number(ppid) === parent && command?.includes("workerd")) ?? [];
  return { pid: Number(pid), residentKib: Number(rss) };
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
