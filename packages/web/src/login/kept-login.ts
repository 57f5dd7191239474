/**
 * The login that this browser keeps, in IndexedDB: it stores a sealed key as it is, and gives it only to be signed with.
 * Whoever gets to read the access token alone has nothing.
 */
import type { ProofKey } from "@postern/client/proof";

export interface KeptLogin {
  readonly accessToken: string;
  readonly key: ProofKey;
}

const databaseName = "postern";
const storeName = "login";
/** There is one. */
const id = "login";

export async function loadLogin(): Promise<KeptLogin | undefined> {
  // Nothing but keepLogin() writes there.
  return await withStore("readonly", (store) => store.get(id) as IDBRequest<KeptLogin | undefined>);
}

export async function keepLogin(login: KeptLogin): Promise<void> {
  await withStore("readwrite", (store) => store.put(login, id));
}

export async function forgetLogin(): Promise<void> {
  await withStore("readwrite", (store) => store.delete(id));
}

async function withStore<T>(
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await openDatabase();
  try {
    return await settled(act(database.transaction(storeName, mode).objectStore(storeName)));
  } finally {
    database.close();
  }
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(databaseName);
  request.addEventListener("upgradeneeded", () => request.result.createObjectStore(storeName));
  return settled(request);
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error("nothing can be kept here")));
  });
}
