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
  return await withStore("readonly", load);
}

export async function keepLogin(login: KeptLogin): Promise<void> {
  await withStore("readwrite", async (store) => void (await settled(store.put(login, id))));
}

/** This login, that is: in another tab the person may have logged in anew. */
export async function forgetLogin({ accessToken }: KeptLogin): Promise<void> {
  await withStore("readwrite", async (store) => {
    const kept = await load(store);
    if (kept?.accessToken === accessToken) await settled(store.delete(id));
  });
}

async function load(store: IDBObjectStore): Promise<KeptLogin | undefined> {
  // Nothing but keepLogin() writes there.
  return await settled(store.get(id) as IDBRequest<KeptLogin | undefined>);
}

/** Settles when it is done for good. */
async function withStore<T>(
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => Promise<T>,
): Promise<T> {
  const database = await openDatabase();
  try {
    const transaction = database.transaction(storeName, mode);
    const [result] = await Promise.all([act(transaction.objectStore(storeName)), completed(transaction)]);
    return result;
  } finally {
    database.close();
  }
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(databaseName);
  request.addEventListener("upgradeneeded", () => request.result.createObjectStore(storeName));
  return settled(request);
}

function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.addEventListener("complete", () => resolve());
    transaction.addEventListener("abort", () => reject(transaction.error ?? unkept()));
  });
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? unkept()));
  });
}

function unkept(): Error {
  return new Error("this browser keeps nothing here");
}
