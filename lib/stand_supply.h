/* One supply of a standing as the fields of a row. */
#ifndef LIB_STAND_SUPPLY_H
#define LIB_STAND_SUPPLY_H

#include "lib/fields.h"
#include "lib/stand.h"

/* Add a row "supply":
 * supply (its slot), percent, level: ok, low, some, unknown or odd (above its
 *   capacity), and the same as a flag level-LEVEL; known, the percent of what
 *   is ok or low; marked: such a one is ordered at the mark.
 * colorant, and one of colorant-WORD or colorant-raw; type-WORD or type-raw;
 *   WORD is the keyword of the Printer MIB in the form of screen_variant, and
 *   raw the text as the device sent it.
 * least-days and most-days: how long it will last, if its history tells.
 * Of an order: order-state, the same as a flag order-STATE, order-id,
 *   order-percent, ordered-at, one of ordered-now, -min, -h, -d.
 * Of what looks low and has none, why not: why-stopped, why-receptacle,
 *   why-above (a little above the mark), why-next (will be, with the next
 *   report), why-some, why-unknown or why-odd. */
void	stand_supply_add(struct fields *, const struct stand *,
	    const struct stand_supply *);

#endif
