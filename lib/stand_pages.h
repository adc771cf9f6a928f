/* What the first device of a standing did lately, as fields. */
#ifndef LIB_STAND_PAGES_H
#define LIB_STAND_PAGES_H

#include "lib/fields.h"
#include "lib/stand.h"

/* The chart's own units: bars stand on STAND_PAGES_BASE, STAND_PAGES_HIGH at
 * most, one each STAND_PAGES_STEP. */
#define STAND_PAGES_STEP	10
#define STAND_PAGES_HIGH	56
#define STAND_PAGES_BASE	60

/* Add, if there were jobs in 30 days: has-pages, pages-total, pages-most (on
 * one day), pages-from and pages-to (dates); a row "day" for each, the oldest
 * first: day-x, day-y, day-height, day-title (date and pages); a row "kind"
 * for each kind of job that occurred: kind-WORD, kind-pages, kind-jobs. */
void	stand_pages_add(struct fields *, const struct stand *);

#endif
