/** Answers of a web server, whatever their status. */
export interface HttpResponse {
  readonly status: number;
  /** As UTF-8. */
  readonly body: string;
}

/** Fetches a page. Rejects with the system's error, or when the time is up or the page is unreasonably large. */
export type HttpGet = (url: string, timeoutMs: number) => Promise<HttpResponse>;

export interface HttpPage {
  readonly contentType: string;
  readonly body: string;
}

export interface HttpListener {
  /** The real one when 0 was asked for. */
  readonly port: number;
  /** Also ends the connections that are open. */
  close(): Promise<void>;
}

/** Serves pages to GET requests; other paths do not exist. Rejects with the system's error, such as `EADDRINUSE`. */
export type HttpServe = (
  address: { readonly host: string; readonly port: number },
  pageAt: (path: string) => HttpPage | undefined,
) => Promise<HttpListener>;
