/** Under npm, this process is the child of one that may be killed without a word; then it must not go on alone. */
const intervalMs = 500;

/** Calls `onLost` once when npm is no longer this process's parent. Started by hand, it may outlive its shell. */
export function watchParent(onLost: () => void): void {
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onLost();
  }, intervalMs);
  timer.unref();
}
