/* The fields by which a terminal's standing enters a screen. */
#ifndef LIB_STAND_FIELDS_H
#define LIB_STAND_FIELDS_H

#include "lib/fields.h"
#include "lib/stand.h"

#define STAND_WAIT_S	120	/* then the page says what to check */

/* Of the first registration: registration version state service
 * make-and-model serial-end seen-at started-at; its state, its
 * service and ended-by-WHO as flags for data-if; asks, if its device asks to
 * be paired again; mark, the percent at which is ordered; of seen-, started-
 * and paired- one of now, min, h, d (lib/ago.h), or seen-lately: less than 20
 * minutes, which is noted no closer; until it was started wait-left, seconds
 * of STAND_WAIT_S, or else waits-long. Of a submission waits, contested or
 * lapsed.
 * Lists: supply (lib/stand_supply.h), day and kind (lib/stand_pages.h), and
 * other: other-link other-name other-serial, other-on, -paused, -waiting or
 * -ended, other-asks, other-lowest. has-supplies, has-others.
 * out: points into the stand; free with fields_free. */
struct fields *stand_fields(const struct stand *);

#endif
