/**
 * What an async function makes of an exception, without being one: on the way of each message those
 * cost more than what they do.
 * @returns the promise of `work`; rejected with what it throws
 */
export function attempt<T>(work: () => Promise<T>): Promise<T> {
  try {
    return work();
  } catch (error) {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as it was thrown
    return Promise.reject(error);
  }
}
