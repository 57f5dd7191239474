/** Under npm, this process is the child of one that may be killed without a word; then it must not go on alone. */
const intervalMs = 500;

/** Calls `onLost` once when the parent of the start is no longer this process's parent. */
export function watchParent(onLost: () => void): () => void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onLost();
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
