import { Worker } from "node:worker_threads";
import type { Split } from "./own-texts.ts";
import type { SplitAnswer, SplitRequest } from "./split-worker.ts";

/** More than any text of the length that we ask for takes; then the thread is hung and is replaced. */
const timeoutMs = 5_000;

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, (texts: readonly string[] | undefined) => void>;
}

/** Splits texts into statements with PostgreSQL's own parser, in a thread that is replaced whenever it fails. */
export class Splitter {
  #thread: Thread | undefined;
  #nextId = 0;

  readonly split: Split = async (text) => {
    const thread = (this.#thread ??= this.#start());
    const id = this.#nextId++;
    const answer = new Promise<readonly string[] | undefined>((resolve) => thread.waiting.set(id, resolve));
    const timer = setTimeout(() => this.#replace(thread), timeoutMs);
    thread.worker.postMessage({ id, text } satisfies SplitRequest, []);
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
    }
  };

  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.worker.terminate();
  }

  #start(): Thread {
    const worker = new Worker(new URL("./split-worker.ts", import.meta.url), {
      resourceLimits: { stackSizeMb: 16 },
    });
    const thread: Thread = { worker, waiting: new Map() };
    worker.unref();
    worker.on("message", (answer: SplitAnswer) => this.#answered(thread, answer));
    worker.on("error", () => this.#replace(thread));
    worker.on("exit", () => this.#replace(thread));
    return thread;
  }

  #answered(thread: Thread, answer: SplitAnswer): void {
    if (answer.type === "broken") return this.#replace(thread);
    thread.waiting.get(answer.id)?.(answer.type === "statements" ? answer.texts : undefined);
    thread.waiting.delete(answer.id);
  }

  /** Whoever waits for it gets no answer; the next who asks gets a new thread. */
  #replace(thread: Thread): void {
    if (this.#thread === thread) this.#thread = undefined;
    for (const resolve of thread.waiting.values()) resolve(undefined);
    thread.waiting.clear();
    void thread.worker.terminate();
  }
}
