/** The first page of an SDK's iterator: one request. The SDK's own `next` has no type for the end. */
export async function firstPage<T>(pages: AsyncIterable<T>): Promise<T | undefined> {
  for await (const page of pages) return page;
  return undefined;
}
