/* What a request brought is wiped from memory when it is over. A program
 * that links this file has each block of its heap wiped as it is given back,
 * by whatever library: libfcgi's buffers hold the code and the token as they
 * came, and the answer. */
#ifndef LIB_WIPE_H
#define LIB_WIPE_H

/* Wipe the stack below the caller, as deep as requests go. */
void	wipe_stack(void);

#endif
