/* Why a supply was ordered, or was not. */
#ifndef BIN_TALLYSTICK_WHY_H
#define BIN_TALLYSTICK_WHY_H

#include "lib/conf.h"

/* Tell, on standard output, for each supply of each pairing of a DeviceId.
 * out: the process's exit status: failed also when there is no such device.
 * src: schema/procedures/judge_supplies.sql decides the same. */
int	why_tell(const struct conf *, const char *device_id);

#endif
