/* Preloaded into a courier: a resolver and a network of the tests' own.
 * NAMES_ANSWERS: ADDRESS,ADDRESS|ADDRESS: what every name below .example is
 *   answered with, first call, second call ...; the last for all that follow.
 *   "hang": the call returns nothing, after a minute.
 * NAMES_ROUTES: ADDRESS/PORT=PORT,...: connects to it arrive at that port of
 *   127.0.0.1. Connects to another address of the internet are refused.
 * NAMES_LOG: each address that was connected to, a line each. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The n-th part between separators, or the last. */
static void
part_copy(char to[static 1024], const char *from, char separator, int n)
{
	const char *next;

	while (n-- > 0 && (next = strchr(from, separator)) != NULL)
		from = next + 1;
	snprintf(to, 1024, "%s", from);
	to[strcspn(to, (char[]){ separator, '\0' })] = '\0';
}

int
getaddrinfo(const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **found)
{
	static int calls;
	int (*real)(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");
	const char *answers = getenv("NAMES_ANSWERS");
	struct addrinfo want = { .ai_flags = AI_NUMERICHOST,
		.ai_socktype = SOCK_STREAM };
	char list[1024], one[1024];
	size_t length = node != NULL ? strlen(node) : 0;
	int count = 1, error = 0;

	if (answers == NULL || length < 8
	    || strcmp(node + length - 8, ".example") != 0)
		return real(node, service, hints, found);
	part_copy(list, answers, '|', calls++);
	if (strcmp(list, "hang") == 0) {
		sleep(60);
		return EAI_AGAIN;
	}
	for (const char *c = list; *c != '\0'; c++)
		count += *c == ',';
	for (*found = NULL; count-- > 0 && error == 0;) {
		part_copy(one, list, ',', count);
		struct addrinfo *behind = *found;
		if ((error = real(one, service, &want, found)) == 0)
			(*found)->ai_next = behind;
	}
	return error;
}

/* out: the port of 127.0.0.1 that it leads to; 0: none. */
static int
route(const char *address, int port)
{
	const char *routes = getenv("NAMES_ROUTES");
	char wanted[128], *at;

	snprintf(wanted, sizeof(wanted), "%s/%d=", address, port);
	if (routes == NULL || (at = strstr(routes, wanted)) == NULL)
		return 0;
	return atoi(at + strlen(wanted));
}

static int log_file = -1;

/* A courier opens no file to write to once it is locked in. */
__attribute__((constructor)) static void
log_open(void)
{
	if (getenv("NAMES_LOG") != NULL)
		log_file = open(getenv("NAMES_LOG"),
		    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
}

static void
note(const char *address, int port)
{
	dprintf(log_file, "%s/%d\n", address, port);
}

int
connect(int fd, const struct sockaddr *to, socklen_t length)
{
	int (*real)(int, const struct sockaddr *, socklen_t)
	    = dlsym(RTLD_NEXT, "connect");
	const struct sockaddr_in *v4 = (const void *)to;
	const struct sockaddr_in6 *v6 = (const void *)to;
	struct sockaddr_in there = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	char address[INET6_ADDRSTRLEN];
	int port;

	if ((to->sa_family != AF_INET && to->sa_family != AF_INET6)
	    || getenv("NAMES_LOG") == NULL)
		return real(fd, to, length);
	port = ntohs(to->sa_family == AF_INET ? v4->sin_port : v6->sin6_port);
	inet_ntop(to->sa_family, to->sa_family == AF_INET
	    ? (const void *)&v4->sin_addr : (const void *)&v6->sin6_addr,
	    address, sizeof(address));
	note(address, port);
	there.sin_port = htons((uint16_t)route(address, port));
	if (there.sin_port != 0 && to->sa_family == AF_INET)
		return real(fd, (const void *)&there, sizeof(there));
	if (strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0)
		return real(fd, to, length);
	errno = ECONNREFUSED;
	return -1;
}
