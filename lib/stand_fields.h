/* The fields by which a terminal's standing enters a screen. */
#ifndef LIB_STAND_FIELDS_H
#define LIB_STAND_FIELDS_H

#include "lib/stand.h"

/* Of the first registration: registration version state service
 * make-and-model serial-end paired-at seen-at started-at, and its state, its
 * service and ended-by-WHO as fields of their own for data-if; waits,
 * contested or lapsed of a submission; lists supply (supply percent known
 * type colorant level-text), order (order-supply order-state order-id), other
 * (other-link other-name); has-supplies has-orders has-others.
 * out: ended by a NULL name; free with stand_fields_free. It points into the
 * stand. */
struct screen_field *stand_fields(const struct stand *);
void	stand_fields_free(struct screen_field *);

#endif
