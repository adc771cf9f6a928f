/* tallystick label: what stands on a device, printable, with the QR code of
 * its pairing link. The code is told to nobody but standard output. */
#include "bin/tallystick.h"

#include <stdio.h>
#include <string.h>

#include "bin/label.h"

#define TYPED_SIZE	512	/* a code, however it is spaced */

enum form { FORM_SVG, FORM_PDF, FORM_TERMINAL };

static bool
code_read(char typed[static TYPED_SIZE])
{
	if (fgets(typed, TYPED_SIZE, stdin) != NULL &&
	    (strchr(typed, '\n') != NULL || feof(stdin)))
		return true;
	fprintf(stderr, "tallystick: no code in the first line of standard"
	    " input\n");
	return false;
}

/* What register would refuse belongs on no label. */
static bool
code_check(const struct conf *conf, const char *normal)
{
	char same[CODE_MAX + 1];
	enum code_fault fault = code_judge(normal, conf->code_check, same);

	explicit_bzero(same, sizeof(same));
	if (fault == CODE_TYPO) {
		fprintf(stderr, "tallystick: that code does not end with its"
		    " check character, which code-check asks for\n");
		return false;
	}
	if (code_millibits(normal, conf->code_check) >= conf->code_bits * 1000)
		return true;
	fprintf(stderr, "tallystick: that code is weaker than the %u bits of"
	    " code-bits: use %u digits, or %u digits and letters%s\n",
	    conf->code_bits, conf->code_bits * 1000 / 3322 + 1,
	    (conf->code_bits + 4) / 5,
	    conf->code_check ? ", and the check character" : "");
	return false;
}

static bool
label_write(const struct conf *conf, enum form form, const char *page,
    const char *typed)
{
	struct label label;
	struct text text = { 0 };
	char problem[256];
	bool done = false;

	if (!label_make(&label, page, typed, problem, sizeof(problem))) {
		fprintf(stderr, "tallystick: %s\n", problem);
		return false;
	}
	if (!code_check(conf, label.code))
		goto out;
	if (form == FORM_TERMINAL) {
		qr_show(&label.qr, stdout);
	} else {
		(form == FORM_PDF ? label_pdf : label_svg)(&label,
		    &label_alone, &text);
		fwrite(text.bytes, 1, text.length, stdout);
	}
	done = true;
out:
	text_free(&text);
	label_free(&label);
	return done;
}

/* The pairing page's own, which says no code. */
static bool
page_show(const char *page)
{
	struct qr qr;

	if (!qr_make(&qr, page)) {
		fprintf(stderr, "tallystick: no QR code can be made\n");
		return false;
	}
	qr_show(&qr, stdout);
	qr_free(&qr);
	return true;
}

int
label_command(const struct conf *conf, int argc, char *argv[])
{
	enum form form = FORM_SVG;
	char page[CONF_PATH_SIZE + 8], typed[TYPED_SIZE] = "";
	bool done;

	if (argc > 1 && strcmp(argv[1], "--pdf") == 0)
		form = FORM_PDF;
	else if (argc > 1 && strcmp(argv[1], "--terminal") == 0)
		form = FORM_TERMINAL;
	if (form != FORM_SVG)
		argc--, argv++;
	snprintf(page, sizeof(page), "%s/pair", conf->base_url);
	if (argc == 1 && form == FORM_TERMINAL)
		return page_show(page) ? 0 : STATUS_FAILED;
	if (argc != 2 || (argv[1][0] == '-' && argv[1][1] != '\0'))
		return command_usage("label");
	if (strcmp(argv[1], "-") == 0)
		done = code_read(typed) &&
		    label_write(conf, form, page, typed);
	else
		done = label_write(conf, form, page, argv[1]);
	explicit_bzero(typed, sizeof(typed));
	return done ? 0 : STATUS_FAILED;
}
