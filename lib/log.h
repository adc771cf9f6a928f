/* One line an event on standard error: UTC time, program, request id,
 * address, level, text. Control characters and what is not ASCII leave as
 * \xNN; a line over 1,023 bytes loses its end. What cannot be written is lost,
 * and told so by the number of lines once it can again. Never hand it a code,
 * token, key, body, or the refused value of one. */
#ifndef LIB_LOG_H
#define LIB_LOG_H

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO };

/* Name the program; in: static string. Call once, first. */
void	log_open(const char *program);
/* Name the request that following lines belong to; NULL: none. */
void	log_request(const char *id, const char *address);
void	log_line(enum log_level, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));
/* Say why and end the process with 1: broken invariants, no memory. */
void	log_fatal(const char *format, ...)
	    __attribute__((format(printf, 1, 2), noreturn));

#endif
