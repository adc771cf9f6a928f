/* What the device knows of the printer it speaks for, whichever kind: the
 * invented one (device_simulate.c) or a real one over IPP (device_ipp.c).
 * Sizes are those of doc/protocol.md section 3, plus the final NUL. */
#ifndef BIN_DEVICE_PRINTER_H
#define BIN_DEVICE_PRINTER_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define PRINTER_JOBS_MAX 500	/* listed at once; far below a report's 1000 */
#define PRINTER_SUPPLIES_MAX 32

struct device_state;

struct printer_identity {
	char	device_id[129];
	char	make_and_model[128];
	char	serial_number[65];	/* "" = unknown */
	char	firmware_version[65];	/* "" = unknown */
};

struct printer_job {
	char		 uuid[46];	/* urn:uuid:…; "" = named by id, time */
	int		 id;
	int		 up_time;	/* the printer's clock at its end */
	const char	*state;		/* completed canceled aborted */
	time_t		 completed_at;	/* 0 = unknown */
	int		 impressions;
	int		 full_color;	/* -1 = unknown */
	int		 sheets;	/* -1 = unknown */
};

struct printer_supply {
	int		 index;
	const char	*class;
	const char	*type;
	char		 colorant[64];	/* "" = unknown */
	const char	*unit;
	int		 capacity;
	int		 level;
};

/* The finished jobs that the printer still lists, and its supplies after
 * them. A job is listed again at each look for as long as the printer
 * remembers it. */
struct printer_look {
	struct printer_job	 jobs[PRINTER_JOBS_MAX];
	size_t			 job_count;
	struct printer_supply	 supplies[PRINTER_SUPPLIES_MAX];
	size_t			 supply_count;
};

struct printer {
	/* Who it is. err: false, and the reason was printed. */
	bool	(*identify)(struct printer *, struct printer_identity *);
	/* What it did; in: whether its service is started. err: false, the
	 * reason was printed, and the look means nothing. */
	bool	(*look)(struct printer *, bool started, struct printer_look *);
	/* A supply's order was delivered; may be NULL. */
	void	(*delivered)(struct printer *, int supply);
	/* Print the sheet that tells page and code; NULL: it cannot.
	 * err: false, the reason was printed. */
	bool	(*print_sheet)(struct printer *, const char *page,
		    const char *code);
	void	(*close)(struct printer *);
};

struct simulate_options {
	int	 jobs;			/* how many; -1 = without end */
	int	 level;			/* percent that the toners begin with */
	int	 use;			/* percent of black that a job uses */
	bool	 replace;		/* change a cartridge once delivered */
};

/* The invented printer; its identity and levels live in the state, which
 * must outlive it. out: the caller's, ends with its close. */
struct printer	*simulate_open(const struct simulate_options *,
		    struct device_state *);

/* The IPP printer at an address ipp://… or ipps://…; in: outlives it.
 * out: the caller's; NULL: not such an address, the reason was printed. */
struct printer	*ipp_open(const char *uri);

/* Printer-MIB words that the protocol knows, from any spelling of case and
 * hyphens; what is not among them becomes "other". out: static strings. */
const char	*supply_type(const char *word);
const char	*supply_unit(const char *word);
/* NULL: neither a consumable nor a receptacle. */
const char	*supply_class(const char *word);

#endif
