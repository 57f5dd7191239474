/** Shards that are each in order, read side by side as one. */
export async function* merge<T>(
  sources: readonly AsyncGenerator<T, void>[],
  isBefore: (a: T, b: T) => boolean,
): AsyncGenerator<T, void> {
  const heads = await Promise.all(sources.map(async (source) => await source.next()));
  for (;;) {
    const first = heads.reduce((best, head, index) => {
      const other = heads[best];
      if (head.done === true) return best;
      return other === undefined || other.done === true || isBefore(head.value, other.value) ? index : best;
    }, 0);
    const head = heads[first];
    const source = sources[first];
    if (head === undefined || head.done === true || source === undefined) return;
    yield head.value;
    heads[first] = await source.next();
  }
}
