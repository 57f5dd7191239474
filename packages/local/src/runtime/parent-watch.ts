/** Under `npm start`, this process is the child of one that may be killed without a word; then it must not go on alone. */
import { inspectProcess } from "../postgres/process-info.ts";

const intervalMs = 500;

/** Calls `onLost` once when npm is no longer this process's parent. Started by hand, it may outlive its shell. */
export function watchParent(onLost: () => void): void {
  if (process.env["npm_lifecycle_event"] !== "start") return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent) lose();
  }, intervalMs);
  timer.unref();
  void isAdopted(parent).then((isLost) => isLost && lose());

  function lose(): void {
    clearInterval(timer);
    onLost();
  }
}

/** npm may have been killed before we could see it: whoever took us in is of another process group. */
async function isAdopted(parent: number): Promise<boolean> {
  const [own, theirs] = await Promise.all([inspectProcess(process.pid), inspectProcess(parent)]);
  return own?.group !== theirs?.group;
}
