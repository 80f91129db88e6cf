/** Answers of a web server, whatever their status. */
export interface HttpResponse {
  readonly status: number;
  /** As UTF-8. */
  readonly body: string;
}

/** Fetches a page. Rejects with the system's error, or when the time is up or the page is unreasonably large. */
export type HttpGet = (url: string, timeoutMs: number) => Promise<HttpResponse>;
