/*
 * The least that a FastCGI program can do: read the body, answer with its
 * length. What nginx and libfcgi cost alone; nothing behind them is faster.
 */
#include <fcgiapp.h>
#include <stdlib.h>

int
main(void)
{
	FCGX_Request request;
	char bytes[8192];
	long length;
	int more;

	FCGX_Init();
	FCGX_InitRequest(&request, 0, 0);
	while (FCGX_Accept_r(&request) == 0) {
		length = 0;
		while ((more = FCGX_GetStr(bytes, sizeof(bytes), request.in))
		    > 0)
			length += more;
		FCGX_FPrintF(request.out,
		    "Content-Type: text/plain\r\n\r\n%ld bytes\n", length);
		FCGX_Finish_r(&request);
	}
	return EXIT_SUCCESS;
}
