/** Where the bytes of an answer leave, over either version of HTTP. */
import type { ServerResponse } from "node:http";
import type { Http2ServerResponse, ServerHttp2Stream } from "node:http2";
import type { Writable } from "node:stream";

/** The stream of an answer over HTTP/2, which stands in for the socket of its own that it does not have. */
export function streamOf(response: ServerResponse): ServerHttp2Stream | undefined {
	return response.req.httpVersionMajor === 2 ? (response as unknown as Http2ServerResponse).stream : undefined;
}

export function outletOf(response: ServerResponse): Writable {
	return streamOf(response) ?? response.socket ?? response;
}

/** Whether nobody will get the answer; then it may not tell of its end any more. */
export function isGone(response: ServerResponse): boolean {
	return (streamOf(response) ?? response).destroyed;
}
