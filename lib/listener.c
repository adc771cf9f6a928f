#include "lib/listener.h"

#include <libgen.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "lib/text.h"

/* One more than the kernel's, for a path need not be ended. */
union address {
	struct sockaddr		any;
	struct sockaddr_un	path;
	char			bytes[sizeof(struct sockaddr_un) + 1];
};

bool
listener_is_private(int fd, char *problem, size_t size)
{
	union address address = { .bytes = "" };
	socklen_t length = sizeof(struct sockaddr_un);
	struct stat own, above;
	char folder[sizeof(address)];

	if (getsockname(fd, &address.any, &length) == -1
	    || address.any.sa_family != AF_UNIX
	    || address.path.sun_path[0] == '\0') {
		snprintf(problem, size, "standard input must be a Unix socket"
		    " with a path: let spawn-fcgi or the web server make one "
		    "(-s PATH -M 0660), for anybody could reach TCP");
		return false;
	}
	text_copy(folder, sizeof(folder), address.path.sun_path);
	if (stat(address.path.sun_path, &own) == 0
	    && (own.st_mode & S_IWOTH) != 0
	    && stat(dirname(folder), &above) == 0
	    && (above.st_mode & S_IXOTH) != 0) {
		snprintf(problem, size, "everybody may connect to %s: give it"
		    " mode 0660 and the web server's group",
		    address.path.sun_path);
		return false;
	}
	return true;
}
