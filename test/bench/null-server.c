/*
 * The floor in C: answers every line with the same reply and keeps nothing, with one
 * thread and epoll, to show what the machine gives to the leanest server. The port is its argument.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define REPLY "1 Lock Get Success: lock:10:0\n"
#define REPLY_BYTES (sizeof REPLY - 1)
#define INPUT_BYTES 65536
#define EVENTS 256

/* A packet of line ends only is the most that can be asked at once. */
static char output[INPUT_BYTES * REPLY_BYTES];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int listen_on(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int on = 1;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0)
		die("bind");
	if (listen(fd, 1024) != 0)
		die("listen");
	return fd;
}

static void watch(int queue, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(queue, EPOLL_CTL_ADD, fd, &event) != 0)
		die("epoll_ctl");
}

/* A blocking write: a client that does not read stops the floor, which is nobody's loss. */
static int send_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t sent = write(fd, bytes, length);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return -1;
		bytes += sent;
		length -= sent;
	}
	return 0;
}

static void serve(int fd)
{
	static char input[INPUT_BYTES];
	ssize_t got = read(fd, input, sizeof input);
	size_t made = 0;

	/* Each reply is copied on its own, as a server whose replies differ has to. */
	for (ssize_t at = 0; at < got; at++) {
		if (input[at] != '\n')
			continue;
		memcpy(output + made, REPLY, REPLY_BYTES);
		made += REPLY_BYTES;
	}
	if (got <= 0 || send_all(fd, output, made) != 0)
		close(fd);
}

int main(int count, char **arguments)
{
	struct epoll_event events[EVENTS];
	int queue = epoll_create1(0);
	int listener, on = 1;

	if (count != 2)
		return 2;
	listener = listen_on(atoi(arguments[1]));
	watch(queue, listener);
	for (;;) {
		int ready = epoll_wait(queue, events, EVENTS, -1);

		for (int at = 0; at < ready; at++) {
			int fd = events[at].data.fd;

			if (fd != listener) {
				serve(fd);
			} else if ((fd = accept(listener, NULL, NULL)) >= 0) {
				setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
				watch(queue, fd);
			}
		}
	}
}
