#include "lib/channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PARAMETERS_MAX	(64 * 1024)	/* bytes, names and values */

const char *
channel_parameter(void *source, const char *name)
{
	struct channel *channel = source;
	size_t length = strlen(name);
	unsigned count = 0;

	if (channel->fcgi == NULL)
		return getenv(name);
	for (char **entry = channel->fcgi->envp; *entry != NULL; entry++) {
		if (strncmp(*entry, name, length) == 0
		    && (*entry)[length] == '=')
			count++;
	}
	if (count > 1)
		channel->doubtful = true;
	return FCGX_GetParam(name, channel->fcgi->envp);
}

bool
channel_parameters_fit(const struct channel *channel)
{
	size_t total = 0;

	if (channel->fcgi == NULL)
		return true;
	for (char **entry = channel->fcgi->envp; *entry != NULL; entry++)
		total += strlen(*entry) + 1;
	return total <= PARAMETERS_MAX;
}

/* out: as read(2) */
static ssize_t
channel_read_some(struct channel *channel, char *to, size_t length)
{
	ssize_t more;

	if (channel->fcgi != NULL)
		return FCGX_GetStr(to, (int)length, channel->fcgi->in);
	do {
		more = read(STDIN_FILENO, to, length);
	} while (more == -1 && errno == EINTR);
	return more;
}

size_t
channel_read(struct channel *channel, char *to, size_t length)
{
	size_t got = 0;
	ssize_t more;

	while (got < length && (more = channel_read_some(channel, to + got,
	    length - got)) > 0)
		got += (size_t)more;
	return got;
}

bool
channel_has_more(struct channel *channel)
{
	char byte;

	return channel->fcgi != NULL
	    && FCGX_GetStr(&byte, 1, channel->fcgi->in) > 0;
}

void
channel_write(struct channel *channel, const struct text *text)
{
	size_t sent = 0;
	ssize_t more;

	if (channel->fcgi != NULL && text->length > 0)
		FCGX_PutStr(text->bytes, (int)text->length,
		    channel->fcgi->out);
	while (channel->fcgi == NULL && sent < text->length) {
		more = write(STDOUT_FILENO, text->bytes + sent,
		    text->length - sent);
		if (more == -1 && errno != EINTR)
			return;
		sent += more > 0 ? (size_t)more : 0;
	}
}
