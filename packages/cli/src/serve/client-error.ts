/** Answers to what is not even a request, which Node hands over as a bare socket. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import type { Server, Socket } from "node:net";
import type { Duplex } from "node:stream";

interface Answer {
	readonly status: number;
	readonly title: string;
	readonly detail: string;
	readonly code: string;
}

const timeout: Answer = {
	status: 408,
	title: "Request Timeout",
	detail: "The request did not arrive in time.",
	code: "bad_request",
};

const answers: Readonly<Record<string, Answer>> = {
	HPE_HEADER_OVERFLOW: {
		status: 431,
		title: "Request Header Fields Too Large",
		detail: "The request target and the headers are larger than this server takes.",
		code: "too_large",
	},
	HPE_CHUNK_EXTENSIONS_OVERFLOW: {
		status: 413,
		title: "Content Too Large",
		detail: "The chunk extensions are larger than this server takes.",
		code: "too_large",
	},
	ERR_HTTP_REQUEST_TIMEOUT: timeout,
};

const notHttp: Answer = { status: 400, title: "Bad Request", detail: "This is not a request of HTTP/1.1.", code: "bad_request" };

/** Time to read the answer in: a socket that is destroyed with bytes unread takes the answer with it. */
const grace = 1000;

/** Takes care of `clientError` on `server`. */
export function answerClientErrors(server: Server): void {
	const answering = new WeakMap<Duplex, ServerResponse>();
	server.prependListener("request", (request: IncomingMessage, response: ServerResponse) => {
		// What is wrong in a request of HTTP/2 ends its stream, and is not told here.
		if (request.httpVersionMajor < 2) answering.set(request.socket, response);
	});
	// A peer that TLS does not understand would not understand an answer either. Node tells it as clientError too, after this.
	server.prependListener("tlsClientError", (_: Error, socket: Socket) => socket.destroy());
	server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
		// Told once; what goes on arriving after it is not looked at.
		if (socket.writableEnded) return;
		const response = answering.get(socket);
		const midAnswer = response?.headersSent === true && !response.writableFinished;
		if (error.code === "ECONNRESET" || !socket.writable || midAnswer) {
			socket.destroy();
			return;
		}
		socket.end(format(answers[error.code ?? ""] ?? notHttp));
		setTimeout(() => socket.destroy(), grace).unref();
	});
}

/** Over HTTP/2 there is a stream to answer on. */
export function sendTimeout(response: Http2ServerResponse): void {
	if (response.headersSent) return;
	response.writeHead(timeout.status, { "Content-Type": "application/problem+json", "Cache-Control": "no-store" });
	response.end(bodyOf(timeout));
}

function bodyOf({ status, title, detail, code }: Answer): string {
	return JSON.stringify({ type: "about:blank", title, status, detail, code });
}

function format(answer: Answer): string {
	const { status, title } = answer;
	const body = bodyOf(answer);
	const head = [
		`HTTP/1.1 ${status} ${title}`,
		"Content-Type: application/problem+json",
		`Content-Length: ${Buffer.byteLength(body)}`,
		"Cache-Control: no-store",
		"Connection: close",
	];
	return `${head.join("\r\n")}\r\n\r\n${body}`;
}
